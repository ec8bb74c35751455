"""Every user's movies in the order they were rated, as compact arrays."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.arrays import Floats, Integers
from pipeline.content.splits import training_counts
from pipeline.errors import GraphContentError
from pipeline.graph import Graph
from pipeline.ids import EntityIds, UserIds, UserRows
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
        starts: int64 [U], position in the graph of each user's first movie here, 0 in a whole
            training history; the other movies follow one by one.
        ratings: float32 [I], stars, NaN where the graph has none.
    """

    user_ids: UserIds
    user_entities: EntityIds
    offsets: Integers
    movies: npt.NDArray[np.int32]
    starts: Integers
    ratings: Floats

    def __len__(self) -> int:
        """Number of users."""
        return len(self.user_ids)

    @property
    def sizes(self) -> Integers:
        """Movies of each user, int64 [U]."""
        return np.diff(self.offsets)

    def bounds(self) -> dict[int, tuple[int, int]]:
        """By user's entityId: position of the first movie here, and of the first after the last."""
        ends = (self.starts + self.sizes).tolist()
        pairs = zip(self.starts.tolist(), ends, strict=True)
        return dict(zip(self.user_entities.tolist(), pairs, strict=True))

    def movies_of(self, row: int) -> npt.NDArray[np.int32]:
        """The movies of one user, a view."""
        return self.movies[self.offsets[row] : self.offsets[row + 1]]

    def rows_of(self, user_entities: EntityIds) -> UserRows:
        """The rows of these users, int64 [b], by their entityIds."""
        order = np.argsort(self.user_entities)
        places = np.searchsorted(self.user_entities, user_entities, sorter=order)
        return UserRows(order[places].astype(np.int64))

    def entities_of(self, rows: UserRows) -> EntityIds:
        """Return the entityIds of the users in these rows, int64 [b]."""
        return EntityIds(self.user_entities[rows])

    def liking_of(self, row: int) -> Floats:
        """Return a user's ratings less their mean, float32; 0 where there is none."""
        stars = self.ratings[self.offsets[row] : self.offsets[row + 1]]
        known = ~np.isnan(stars)
        mean = stars[known].mean() if known.any() else 0.0
        return np.where(known, stars - mean, 0.0).astype(np.float32)

    def split(self, fraction: float) -> tuple[Histories, Histories]:
        """Each user's first round((1 - fraction) n) movies, and the rest.

        Raises:
            ConfigError: ``fraction`` is outside [0, 1).
        """
        first = training_counts(self.sizes, fraction)
        return self._part(np.zeros_like(first), first), self._part(first, self.sizes)

    def last(self, n: int, rows: UserRows) -> Histories:
        """The users in ``rows`` (int64) keep their last ``n`` movies (0 or more), others all."""
        dropped = np.zeros_like(self.sizes)
        dropped[rows] = np.maximum(self.sizes[rows] - n, 0)
        return self._part(dropped, self.sizes)

    def _part(self, first: Integers, end: Integers) -> Histories:
        """Of each user the movies from one place in the history to before another; both [U]."""
        sizes = self.sizes
        rank = np.arange(len(self.movies)) - np.repeat(self.offsets[:-1], sizes)
        chosen = (np.repeat(first, sizes) <= rank) & (rank < np.repeat(end, sizes))
        offsets = np.concatenate(([0], np.cumsum(end - first))).astype(np.int64)
        return Histories(
            self.user_ids,
            self.user_entities,
            offsets,
            self.movies[chosen],
            self.starts + first,
            self.ratings[chosen],
        )


def read_histories(graph: Graph, *, held_out: bool = False) -> Histories:
    """Read all users' training movies (RATED), or their held-out ones (HELD_OUT).

    Raises:
        GraphContentError: the graph has none.
    """
    user_ids, user_entities, starts = array("q"), array("q"), array("q")
    offsets, movies, ratings = array("q", [0]), array("i"), array("f")
    query = load_query("read/held_out" if held_out else "read/histories")
    for user_id, user, start, history, stars in graph.stream(query, fetch_size=200):
        user_ids.append(user_id)
        user_entities.append(user)
        starts.append(start)
        movies.extend(history)
        ratings.extend(stars)
        offsets.append(len(movies))
    if not movies:
        what = "held-out ratings" if held_out else "training ratings"
        hint = " with --test-fraction above 0" if held_out else ""
        raise GraphContentError(f"the graph has no {what}; run: pipeline load-kg --replace{hint}")
    found = np.frombuffer(ratings, dtype=np.float32)
    return Histories(
        UserIds(np.frombuffer(user_ids, dtype=np.int64)),
        EntityIds(np.frombuffer(user_entities, dtype=np.int64)),
        np.frombuffer(offsets, dtype=np.int64),
        np.frombuffer(movies, dtype=np.int32),
        np.frombuffer(starts, dtype=np.int64),
        np.where(found < 0, np.float32("nan"), found),
    )
