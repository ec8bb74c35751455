"""The history encoder's settings: frozen, saved in the checkpoint."""

from __future__ import annotations

from dataclasses import dataclass


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
