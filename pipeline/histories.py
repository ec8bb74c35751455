"""Every user's movies in the order they were rated, as compact arrays."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.errors import GraphContentError
from pipeline.graph import Graph
from pipeline.load.splits import training_counts
from pipeline.queries import load_query


@dataclass(frozen=True)
class Histories:
    """Every user's movies, one row a user. U users, I interactions.

    Both parts of a split, and the training and held-out part of one graph, hold the same users in
    the same rows; a user may have no movies in one of them.

    Attributes:
        user_ids: int64 [U], userId, ascending.
        user_entities: int64 [U], entityId.
        offsets: int64 [U + 1]; row i's movies are movies[offsets[i]:offsets[i + 1]].
        movies: int32 [I], entityIds in the order of the user's history.
    """

    user_ids: npt.NDArray[np.int64]
    user_entities: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]
    movies: npt.NDArray[np.int32]

    def __len__(self) -> int:
        """Number of users."""
        return len(self.user_ids)

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """Movies of each user, int64 [U]."""
        return np.diff(self.offsets)

    def movies_of(self, row: int) -> npt.NDArray[np.int32]:
        """The movies of one user, a view."""
        return self.movies[self.offsets[row] : self.offsets[row + 1]]

    def split(self, fraction: float) -> tuple[Histories, Histories]:
        """Each user's first round((1 - fraction) n) movies, and the rest.

        Raises:
            ConfigError: ``fraction`` is outside [0, 1).
        """
        sizes = self.sizes
        first = training_counts(sizes, fraction)
        rank = np.arange(len(self.movies)) - np.repeat(self.offsets[:-1], sizes)
        early = rank < np.repeat(first, sizes)
        return self._part(first, early), self._part(sizes - first, ~early)

    def _part(self, sizes: npt.NDArray[np.int64], chosen: npt.NDArray[np.bool_]) -> Histories:
        offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        return Histories(self.user_ids, self.user_entities, offsets, self.movies[chosen])


def read_histories(graph: Graph, *, held_out: bool = False) -> Histories:
    """All users' training movies (RATED), or their held-out ones (HELD_OUT).

    Raises:
        GraphContentError: the graph has none.
    """
    user_ids, user_entities, offsets, movies = array("q"), array("q"), array("q", [0]), array("i")
    query = load_query("read/held_out" if held_out else "read/histories")
    for user_id, user, history in graph.stream(query, fetch_size=200):
        user_ids.append(user_id)
        user_entities.append(user)
        movies.extend(history)
        offsets.append(len(movies))
    if not movies:
        what = "held-out ratings" if held_out else "training ratings"
        hint = " with --test-fraction above 0" if held_out else ""
        raise GraphContentError(f"the graph has no {what}; run: pipeline load-kg --replace{hint}")
    return Histories(
        np.frombuffer(user_ids, dtype=np.int64),
        np.frombuffer(user_entities, dtype=np.int64),
        np.frombuffer(offsets, dtype=np.int64),
        np.frombuffer(movies, dtype=np.int32),
    )
