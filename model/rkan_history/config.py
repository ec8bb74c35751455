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
    """Newest movies of a history that count."""
    gain: Positive = 3.0
    """Factor on a user's vector; a larger one learns faster from the same rate."""
    attributes: bool = True
    """Let movies share the embeddings of their attributes, so that movies that nobody watched get
    sensible vectors too."""
    identity_dropout: Annotated[Share, Search(0.0, 0.3)] = 0.15
    """Share of movies that, in a training step, have their attributes only; used with
    ``attributes``."""
    dropout: Annotated[Share, Search(0.1, 0.7)] = 0.5
    """Dropout of a user vector's entries."""
    stretch: Annotated[int, Field(ge=1, le=100_000)] = 150
    """Movies of a history that one step looks at, at most; a random stretch of longer ones."""
    cuts: Annotated[int, Field(ge=1, le=1000)] = 4
    """Places per history and step after which the next movies are predicted."""
    window: Length = 20
    """Movies after a cut that count as its targets."""
    batch_size: Annotated[int, Field(ge=1, le=2**20)] = 64
    """Histories per step."""
    learning_rate: Annotated[Rate, Search(1e-3, 5e-3, log=True)] = 0.002
    """Adam's learning rate at the start; it falls to a tenth, linearly."""
    epochs: Annotated[Epochs, Search(8, 30)] = 14
    """Passes over the users."""
    refit_epochs: Annotated[int, Field(ge=0, le=100_000)] = 7
    """Passes over the whole histories, after ``epochs`` over their early parts."""


class RKANHistoryConfig(Settings):
    """The network that ranks the history encoder's candidates by their paths."""

    name: Literal["rkan-history"] = "rkan-history"
    """Name of the network in a configuration file."""
    hidden_dim: Annotated[int, Field(ge=1, le=4096), Option(), Search(choices=(8, 16, 32))] = 16
    """H, the size of the LSTM's hidden state."""
    aggregation: Literal["attention", "mean"] = "attention"
    """How a candidate's paths are weighed: with "attention" they look at each other first, with
    "mean" each is weighed by itself."""
    dropout: Share = 0.1
    """Dropout of the path representations' entries."""
    linear: bool = True
    """Add a linear part to the score; without it, the paths carry all of it."""


class ListTrainConfig(Settings):
    """The optimisation of the network that ranks candidates, one list a user."""

    epochs: Annotated[Epochs, Option(), Search(2, 6)] = 5
    """Most passes over the lists."""
    batch_size: Annotated[int, Field(ge=1, le=2**20), Option()] = 64
    """B, users per step."""
    learning_rate: Annotated[Rate, Option(), Search(5e-4, 1e-2, log=True)] = 0.002
    """Adam's learning rate of all but the linear part."""
    linear_learning_rate: Annotated[Rate, Search(2e-2, 0.3, log=True)] = 0.1
    """Adam's learning rate of the linear part."""
    rate_decay: Rate = 0.6
    """Factor on the learning rates after each epoch."""
    average_decay: Share = 0.98
    """Share of the weights' moving average that stays after a step; the average ranks. 0 takes the
    last step's weights."""
    closeness_loss: Annotated[NotNegative, Search(0.0, 1.0)] = 0.1
    """Weight of a second loss, which ranks by the closeness alone, so that the paths carry as much
    of the score as they can."""
    patience: Annotated[int, Field(ge=1, le=100_000)] = 2
    """Epochs without a better validation score after which training stops."""
    label_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.2
    """Last part of each user's training history, which gives the lists their labels; candidates
    and paths come from what is before it."""
    validation_users: Share = 0.1
    """Share of the users whose lists validate; 0 trains on all users for all epochs."""
    seed: Annotated[Seed, Option()] = 0
    """Seed of the initial weights, the order of users and the history encoder's draws."""
