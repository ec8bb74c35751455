"""User-movie pairs with their paths, as arrays and as tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch

from model.arrays import Floats, Integers, Integers32


@dataclass(frozen=True)
class PairPaths:
    """User-movie pairs with their sampled paths, ragged, as read from the database.

    Letters: B pairs, N paths of all these pairs, S steps (entities) of the longest path allowed.

    Attributes:
        users: int64 [B], entityId of each pair's user.
        movies: int64 [B], entityId of each pair's movie.
        labels: float32 [B], 1 positive, 0 negative.
        entities: int32 [N, S], entityIds from user to movie, then PADDING.
        lengths: int32 [N], number of entities of each path (hops + 1).
        pair_index: int32 [N], index (0..B-1) of each path's pair, ascending. Pairs without paths
            do not occur.
    """

    users: Integers
    movies: Integers
    labels: Floats
    entities: Integers32
    lengths: Integers32
    pair_index: Integers32


class PathBatch(NamedTuple):
    """One training step's tensors: the pairs, and their paths as one flat list.

    Letters: B pairs, N paths, P paths of the pair with most in this batch, S steps.

    Attributes:
        users: int64 [B].
        movies: int64 [B].
        labels: float32 [B].
        entities: int64 [N, S]; padded steps hold a valid id and are masked by lengths.
        lengths: int64 [N].
        slots: int64 [N], index of each path in the padded [B * P] layout.
        max_paths: P.
    """

    users: torch.Tensor
    movies: torch.Tensor
    labels: torch.Tensor
    entities: torch.Tensor
    lengths: torch.Tensor
    slots: torch.Tensor
    max_paths: int

    @property
    def examples(self) -> int:
        """The number of examples that the loss averages over, B."""
        return len(self.users)

    @property
    def pairs(self) -> int:
        """The number of pairs, B."""
        return len(self.users)

    @property
    def pairs_without_paths(self) -> int:
        """The number of pairs without a path."""
        return self.pairs - len(torch.unique(self.slots // max(self.max_paths, 1)))
