"""What flows from the path stream into the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

PADDING = -1  # fills the steps of a path that is shorter than the longest


@dataclass(frozen=True)
class PairPaths:
    """Some user-movie pairs with their sampled paths, ragged, as they come from the database.

    Letters: B pairs, N paths of all these pairs, S steps (entities) of the longest path allowed.

    Attributes:
        users: int64 [B], entityId of each pair's user.
        movies: int64 [B], entityId of each pair's movie.
        labels: float32 [B], 1 positive, 0 negative.
        entities: int32 [N, S], entityIds from user to movie, then PADDING.
        lengths: int32 [N], entities of each path (hops + 1).
        pair_index: int32 [N], the pair (0..B-1) each path belongs to, ascending. A pair without
            paths has none here.
    """

    users: npt.NDArray[np.int64]
    movies: npt.NDArray[np.int64]
    labels: npt.NDArray[np.float32]
    entities: npt.NDArray[np.int32]
    lengths: npt.NDArray[np.int32]
    pair_index: npt.NDArray[np.int32]


class PathBatch(NamedTuple):
    """One training step's tensors: the pairs, and their paths as one flat list.

    Letters: B pairs, N paths, P most paths of a pair in this batch, S steps.

    Attributes:
        users: int64 [B].
        movies: int64 [B].
        labels: float32 [B].
        entities: int64 [N, S]; padded steps repeat a valid id and are masked by lengths.
        lengths: int64 [N].
        slots: int64 [N], where each path goes in the padded [B * P] layout.
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
        """What the loss is a mean over: B."""
        return len(self.users)

    @property
    def pairs(self) -> int:
        """B."""
        return len(self.users)

    @property
    def pairs_without_paths(self) -> int:
        """How many of the pairs no path joins."""
        return self.pairs - len(torch.unique(self.slots // max(self.max_paths, 1)))


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

    users: npt.NDArray[np.int64]
    histories: npt.NDArray[np.int64]
    candidates: npt.NDArray[np.int64]
    linear: npt.NDArray[np.float32]
    labels: npt.NDArray[np.float32]
    slots: npt.NDArray[np.int32]
    sources: npt.NDArray[np.int32]
    ages: npt.NDArray[np.int32]
    relations: npt.NDArray[np.int8]
    attributes: npt.NDArray[np.int32]
    features: npt.NDArray[np.float32]


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
