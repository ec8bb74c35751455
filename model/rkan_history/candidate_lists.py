"""Users' candidate movies with their paths, as they are found and as one step's tensors."""

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

    Movies and attributes are dense rows, as the history encoder has them. Letters: B users, T
    movies of the longest history, C candidates of a user, N paths of them all, F features of a
    path, L linear features of a candidate.

    Attributes:
        users: int64 [B], entityIds.
        histories: int64 [B, T], movies, newest first, then PADDING.
        candidates: int64 [B, C], movies, then PADDING.
        linear: float32 [B, C, L], 0 where there is no candidate.
        labels: float32 [B, C], 1 where the user went on to watch the movie.
        slots: int32 [N], ascending, b * C + c of the candidate that a path leads to.
        sources: int32 [N], the movie of the history that a path goes through.
        ages: int32 [N], that movie's place in the history, 0 the newest.
        relations: int8 [N], what leads from there to the candidate (pipeline.paths.weighted).
        attributes: int32 [N], the attribute between the two movies, else PADDING.
        features: float32 [N, F], about the path's relationships.
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
    """One training step's tensors; CandidateLists with each path's place in a padded layout.

    Letters as in CandidateLists; P most paths of a candidate.

    Attributes:
        histories: int64 [B, T].
        candidates: int64 [B, C].
        linear: float32 [B, C, L].
        labels: float32 [B, C].
        owners: int64 [N], b * C + c of each path's candidate.
        places: int64 [N], where each path goes in the padded [B * C * P] layout.
        max_paths: P.
        sources: int64 [N].
        relations: int64 [N].
        attributes: int64 [N], PADDING for none.
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
        """What the loss is a mean over: B."""
        return len(self.candidates)

    @property
    def pairs(self) -> int:
        """Candidates of all users."""
        return int((self.candidates >= 0).sum())

    @property
    def pairs_without_paths(self) -> int:
        """How many of the candidates no path leads to."""
        return self.pairs - len(torch.unique(self.owners))
