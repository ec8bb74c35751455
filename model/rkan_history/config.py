"""The settings of RKAN-history: its history encoder, its network and its training."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from model.settings import NotNegative, Option, Positive, Rate, Search, Seed, Settings, Share

Epochs = Annotated[int, Field(ge=1, le=100_000)]
Length = Annotated[int, Field(ge=1, le=10_000)]


class HistoryConfig(Settings):
    """The history encoder and its training; the defaults suit MovieLens-1M."""

    dim: Annotated[int, Field(ge=2, le=4096, multiple_of=2), Search(choices=(64, 128, 256))] = 256
    """D, the size of a movie's embeddings."""
    length: Length = 100
    """Newest movies of a history that are used."""
    gain: Positive = 3.0
    """Factor on a user's vector; a larger one learns faster at the same learning rate."""
    attributes: bool = True
    """Add the embeddings of a movie's attributes to its own, so that unwatched movies get useful
    vectors too."""
    identity_dropout: Annotated[Share, Search(0.0, 0.3)] = 0.15
    """Share of movies whose own embedding is dropped in a training step; used with
    ``attributes``."""
    dropout: Annotated[Share, Search(0.1, 0.7)] = 0.5
    """Dropout rate of user vectors."""
    stretch: Annotated[int, Field(ge=1, le=100_000)] = 150
    """Maximum number of a history's movies in one step; longer histories are cut at random."""
    short: Share = 0.2
    """Share of the histories of a step of which a few successive movies are used, at most
    ``short_stretch``, so that users with few ratings get useful vectors too."""
    short_stretch: Length = 16
    """Maximum number of these movies; few are as likely as many, on a log scale."""
    cuts: Annotated[int, Field(ge=1, le=1000)] = 4
    """Positions per history and step after which the next movies are predicted."""
    window: Length = 20
    """Movies after such a position that are the targets."""
    negatives: Annotated[int, Field(ge=0, le=2**24)] = 8192
    """Movies drawn in each step to stand for all, where more than twice as many were watched; 0
    always uses all."""
    batch_size: Annotated[int, Field(ge=1, le=2**20)] = 64
    """Histories per step."""
    learning_rate: Annotated[Rate, Search(1e-3, 5e-3, log=True)] = 0.002
    """Adam's initial learning rate, which falls linearly to a tenth."""
    epochs: Annotated[Epochs, Search(8, 30)] = 14
    """Passes over the users."""
    refit_epochs: Annotated[int, Field(ge=0, le=100_000)] = 7
    """Passes over the whole histories, after ``epochs`` over their early parts."""


class RKANHistoryConfig(Settings):
    """The network that ranks the history encoder's candidates by their paths."""

    name: Literal["rkan-history"] = "rkan-history"
    """Name of the network in a configuration file."""
    taste: bool = True
    """Add the history encoder's inner product to the score."""
    popularity: bool = True
    """Add the candidate's log popularity to the score."""
    sequences: bool = True
    """Correct the evidence of paths by an LSTM over each path and attention over a pair's paths."""
    hidden_dim: Annotated[int, Field(ge=1, le=4096), Option(), Search(choices=(4, 8, 16))] = 8
    """H, the size of the LSTM's hidden state."""
    aggregation: Literal["attention", "none"] = "attention"
    """"attention" compares the paths of a pair with each other, "none" reads each by itself."""


class ListTrainConfig(Settings):
    """The optimisation of the network that ranks candidates, one list per user."""

    epochs: Annotated[Epochs, Option(), Search(4, 16)] = 10
    """Maximum number of passes over the lists in which the evidence of each kind is learned."""
    sequence_epochs: Annotated[int, Field(ge=0, le=100_000)] = 1
    """Maximum number of passes after these in which the LSTM and the attention are learned."""
    batch_size: Annotated[int, Field(ge=1, le=2**20), Option()] = 64
    """B, users per step."""
    learning_rate: Annotated[Rate, Option(), Search(1e-2, 0.1, log=True)] = 0.03
    """Adam's learning rate of the level of each kind, of taste and of popularity."""
    slope_learning_rate: Annotated[Rate, Search(2e-2, 0.2, log=True)] = 0.06
    """Adam's learning rate of the exponents and slopes of each kind."""
    sequence_rate: Annotated[Rate, Search(1e-3, 5e-2, log=True)] = 0.01
    """Adam's learning rate of the LSTM and of the attention's output."""
    rate_decay: Rate = 0.75
    """Factor on the learning rates after each epoch."""
    average_decay: Share = 0.0
    """Decay of the moving average of the weights that rank; 0 uses the last step's weights."""
    path_loss: Annotated[NotNegative, Search(0.0, 1.0)] = 0.0
    """Weight of a second loss on the paths' part of the score alone, which makes the paths carry
    more of it."""
    patience: Annotated[int, Field(ge=1, le=100_000)] = 3
    """Epochs without a better validation score before training stops."""
    max_users: Annotated[int, Field(ge=1)] = 20_000
    """Users whose lists are used; of more users, so many are drawn. Few numbers are learned from
    lists, and reading the paths of a list takes longer than learning from it."""
    validation_users: Share = 0.1
    """Share of these users whose lists are used for validation; 0 trains on all users for all
    epochs, and leaves the LSTM out."""
    seed: Annotated[Seed, Option()] = 0
    """Seed of the initial weights, the order of users and the history encoder's draws."""
