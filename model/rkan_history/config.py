"""The history encoder's settings: frozen, saved in the checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class HistoryConfig:
    """The history encoder and its training; the defaults suit MovieLens-1M.

    Attributes:
        dim: D, size of a movie's embeddings; even.
        length: newest movies of a history that count.
        gain: factor on a user's vector; a larger one learns faster from the same rate.
        attributes: whether movies share the embeddings of their attributes, so that movies that
            nobody watched get sensible vectors too.
        identity_dropout: share of movies that, in a step, have their attributes only; used with
            ``attributes``.
        dropout: share of a user vector's entries dropped.
        stretch: movies of a history that one step looks at, at most; a random stretch of longer
            ones.
        cuts: places per history and step after which the next movies are predicted.
        window: the movies after a cut that count as its targets.
        batch_size: histories per step.
        learning_rate: Adam's at the start; it falls to a tenth, linearly.
        epochs: passes over the users.
        refit_epochs: passes over all of the histories, after ``epochs`` over their early parts.
    """

    dim: int = 256
    length: int = 100
    gain: float = 3.0
    attributes: bool = True
    identity_dropout: float = 0.15
    dropout: float = 0.5
    stretch: int = 150
    cuts: int = 4
    window: int = 20
    batch_size: int = 64
    learning_rate: float = 0.002
    epochs: int = 14
    refit_epochs: int = 7


@dataclass(frozen=True)
class RKANHistoryConfig:
    """The network that ranks the history encoder's candidates by their paths.

    Attributes:
        name: tells the kind of network in a configuration file.
        hidden_dim: H, size of the LSTM's hidden state.
        aggregation: "attention" lets a candidate's paths look at each other before each is weighed;
            "mean" weighs each path by itself.
        dropout: share of the path representations' entries dropped in training.
        linear: whether the score also has a linear part; without it, the paths carry all of it.
    """

    hidden_dim: int = 16
    aggregation: Literal["attention", "mean"] = "attention"
    dropout: float = 0.1
    linear: bool = True
    name: Literal["rkan-history"] = "rkan-history"


@dataclass(frozen=True)
class ListTrainConfig:
    """The optimisation of the network that ranks candidates, one list a user.

    Attributes:
        epochs: most passes over the lists.
        batch_size: users per step (B).
        learning_rate: Adam's, for all but the linear part.
        linear_learning_rate: Adam's, for the linear part.
        rate_decay: the learning rates of an epoch, as a share of those of the one before.
        average_decay: what ranks is a moving average of the weights over the steps; the share of it
            that stays after a step, 0 for the weights of the last step alone.
        closeness_loss: weight of a second loss, which ranks by the closeness alone: the paths then
            carry as much of the score as they can.
        patience: epochs without a better validation score before training stops.
        label_fraction: last part of each user's training history, which gives the lists their
            labels; candidates and paths then come from what is before it.
        validation_users: share of the users whose lists validate; 0 trains on all for all epochs.
        seed: of initialisation, order and the history encoder's draws.
    """

    epochs: int = 5
    batch_size: int = 64
    learning_rate: float = 0.002
    linear_learning_rate: float = 0.1
    rate_decay: float = 0.6
    average_decay: float = 0.98
    closeness_loss: float = 0.1
    patience: int = 2
    label_fraction: float = 0.2
    validation_users: float = 0.1
    seed: int = 0
