"""Users' candidate movies with their paths, as arrays and as tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from model.arrays import Floats, Integers


@dataclass(frozen=True)
class CandidateLists:
    """Some users' candidates with the weighted paths that lead to them, ragged over the paths.

    Movies and attributes are dense rows, as in the history encoder. Letters: B users, T movies of
    the longest history, C candidates of a user, N paths of all candidates, F features of a path, L
    linear features of a candidate.

    Attributes:
        users: int64 [B], entityIds.
        histories: int64 [B, T], movies, newest first, then PADDING.
        candidates: int64 [B, C], movies, then PADDING.
        linear: float32 [B, C, L], 0 where there is no candidate.
        labels: float32 [B, C], 1 where the user later watched the movie.
        slots: int32 [N], ascending, b * C + c of the candidate that a path leads to.
        sources: int32 [N], the movie of the history that a path goes through.
        ages: int32 [N], that movie's position in the history, 0 for the newest.
        relations: int8 [N], index in pipeline.paths.links.RELATIONS of the relation from that movie
            to the candidate.
        attributes: int32 [N], the attribute between the two movies, or PADDING.
        features: float32 [N, F], features of the path.
    """

    users: Integers
    histories: Integers
    candidates: Integers
    linear: Floats
    labels: Floats
    slots: npt.NDArray[np.int32]
    sources: npt.NDArray[np.int32]
    ages: npt.NDArray[np.int32]
    relations: npt.NDArray[np.int8]
    attributes: npt.NDArray[np.int32]
    features: Floats


class ListBatch(NamedTuple):
    """One training step's tensors: CandidateLists, and each path's index in a padded layout.

    Letters as in CandidateLists, and P paths of the candidate with most.

    Attributes:
        histories: int64 [B, T].
        candidates: int64 [B, C].
        linear: float32 [B, C, L].
        labels: float32 [B, C].
        owners: int64 [N], b * C + c of each path's candidate.
        places: int64 [N], index of each path in the padded [B * C * P] layout.
        max_paths: P.
        sources: int64 [N].
        relations: int64 [N].
        attributes: int64 [N], or PADDING.
        features: float32 [N, F].
    """

    histories: torch.Tensor
    candidates: torch.Tensor
    linear: torch.Tensor
    labels: torch.Tensor
    owners: torch.Tensor
    places: torch.Tensor
    max_paths: int
    sources: torch.Tensor
    relations: torch.Tensor
    attributes: torch.Tensor
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
