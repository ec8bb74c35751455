"""Users' candidate movies with their paths, as arrays and as tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from model.arrays import Floats, Integers, Integers32


@dataclass(frozen=True)
class CandidateLists:
    """Some users' candidates with the paths that lead to them, ragged over the paths.

    Movies are dense rows, as in the history encoder. Letters: B users, T movies of the longest
    history, C candidates of a user, N paths of all candidates, F features of a path.

    Attributes:
        users: int64 [B], entityIds.
        histories: int64 [B, T], movies, newest first, then PADDING.
        candidates: int64 [B, C], movies, then PADDING.
        taste: float32 [B, C], inner product of the history encoder's vectors of user and candidate,
            minus the mean over the user's candidates; 0 where there is no candidate.
        popularity: float32 [B, C], log popularity minus the mean over the user's candidates, 0
            where there is no candidate.
        labels: float32 [B, C], 1 where the user later watched the movie.
        slots: int32 [N], ascending, b * C + c of the candidate that a path leads to.
        kinds: int8 [N], PathKind of each path.
        relations: int8 [N], type of the relationship that leads to the candidate, a place in
            pipeline.paths.kinds.RELATIONS.
        sources: int32 [N], the movie of the history that a path goes through.
        ages: int32 [N], that movie's place in the history, 0 for the newest.
        through: int32 [N], entityId of the attribute or the other user between the two movies, or
            PADDING.
        beyond: int32 [N, 2], entityIds of the movie and the person that follow on a path of 5 hops,
            or PADDING.
        weights: float32 [N], weight of each path, greater than 0.
        features: float32 [N, F], see model.rkan_history.path_kinds.Feature.
    """

    users: Integers
    histories: Integers
    candidates: Integers
    taste: Floats
    popularity: Floats
    labels: Floats
    slots: Integers32
    kinds: npt.NDArray[np.int8]
    relations: npt.NDArray[np.int8]
    sources: Integers32
    ages: Integers32
    through: Integers32
    beyond: Integers32
    weights: Floats
    features: Floats


# the fields with a row for each user
BY_USER = ("users", "histories", "candidates", "taste", "popularity", "labels")


class ListBatch(NamedTuple):
    """One training step's tensors: CandidateLists, and each path's index among its candidate's.

    Letters as in CandidateLists.

    Attributes:
        candidates: int64 [B, C].
        taste: float32 [B, C].
        popularity: float32 [B, C].
        labels: float32 [B, C].
        lengths: float32 [B], log((1 + T_b) / 50) for a history of T_b movies.
        owners: int64 [N], b * C + c of each path's candidate.
        ranks: int64 [N], index of each path among those of its candidate, from 0.
        kinds: int64 [N].
        relations: int64 [N].
        log_weights: float32 [N], logarithm of each path's weight.
        features: float32 [N, F].
    """

    candidates: torch.Tensor
    taste: torch.Tensor
    popularity: torch.Tensor
    labels: torch.Tensor
    lengths: torch.Tensor
    owners: torch.Tensor
    ranks: torch.Tensor
    kinds: torch.Tensor
    relations: torch.Tensor
    log_weights: torch.Tensor
    features: torch.Tensor

    @property
    def examples(self) -> int:
        """The number of examples that the loss averages over, B."""
        return len(self.candidates)

    @property
    def pairs(self) -> int:
        """The number of candidates of all users."""
        return int((self.candidates >= 0).sum())

    @property
    def pairs_without_paths(self) -> int:
        """The number of candidates without a path."""
        return self.pairs - len(torch.unique(self.owners))
