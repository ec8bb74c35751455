"""Every user's movies in the order they were rated, as compact arrays."""

from __future__ import annotations

from array import array
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from model.arrays import Floats, Integers, Integers32
from pipeline.content.splits import training_counts
from pipeline.errors import GraphContentError
from pipeline.graph import Graph
from pipeline.ids import EntityIds, UserIds, UserRows
from pipeline.queries import load_query

GUEST = 2**62  # userId of someone who is not in the graph, above all others


@dataclass(frozen=True)
class AllHistories:
    """The numbers of all users of a graph, to go with the histories of some of them.

    Attributes:
        watchers: int64, by entityId: the number of users who rated each movie, up to the last one.
        users: the number of users with ratings.
    """

    watchers: Integers
    users: int

    def with_guest(self, movies: EntityIds) -> AllHistories:
        """Return the numbers with one more who watched ``movies``, and who is no user."""
        size = max(len(self.watchers), int(movies.max(initial=-1)) + 1)
        counts = np.bincount(movies, minlength=size)
        counts[: len(self.watchers)] += self.watchers
        return AllHistories(counts, self.users)


@dataclass(frozen=True)
class Histories:
    """Every user's movies, one row per user. U users, I interactions.

    Both parts of a split have the same users in the same rows, and so have the training and
    held-out histories of a graph. A user may have no movies in one of them.

    Attributes:
        user_ids: int64 [U], userIds, ascending.
        user_entities: int64 [U], entityIds of the users.
        offsets: int64 [U + 1]; row i's movies are movies[offsets[i]:offsets[i + 1]].
        movies: int32 [I], entityIds in the order of the user's history.
        positions: int64 [I], position of each rating in the graph, ascending for each user. There
            is a gap where held-out ratings lie between older and newer training ratings.
        ratings: float32 [I], stars, NaN where the graph has none.
        others: the numbers that only all histories give, where these are those of some users; None
            where these are all.
    """

    user_ids: UserIds
    user_entities: EntityIds
    offsets: Integers
    movies: Integers32
    positions: Integers
    ratings: Floats
    others: AllHistories | None = None

    def __len__(self) -> int:
        """Return the number of users."""
        return len(self.user_ids)

    @property
    def sizes(self) -> Integers:
        """The number of movies of each user, int64 [U]."""
        return np.diff(self.offsets)

    @property
    def num_active(self) -> int:
        """The number of users with ratings, someone who is not in the graph left out."""
        if self.others is not None:
            return self.others.users
        return int(((self.sizes > 0) & (self.user_ids != GUEST)).sum())

    @property
    def watched(self) -> EntityIds:
        """The movies that anyone watched, int64, entityIds ascending."""
        return EntityIds(np.flatnonzero(self.watchers()))

    def watchers(self, num_entities: int = 0) -> Integers:
        """Return how many users watched each movie, by entityId, int64 [at least num_entities]."""
        if self.others is None:
            return np.bincount(self.movies, minlength=num_entities)
        missing = max(0, num_entities - len(self.others.watchers))
        return np.pad(self.others.watchers, (0, missing))

    def bounds(self) -> dict[int, tuple[int, int]]:
        """Return the first position here and the one after the last, by the user's entityId."""
        pairs = [self.bounds_of(row) for row in range(len(self))]
        return dict(zip(self.user_entities.tolist(), pairs, strict=True))

    def bounds_of(self, row: int, newest: int | None = None) -> tuple[int, int]:
        """Return the first position of a user's ratings and the one after the last.

        With ``newest``, return the bounds of that many of the newest ratings. Without ratings, both
        are 0.
        """
        first, end = int(self.offsets[row]), int(self.offsets[row + 1])
        if newest is not None:
            first = max(first, end - newest)
        if first == end:
            return 0, 0
        return int(self.positions[first]), int(self.positions[end - 1]) + 1

    def movies_of(self, row: int) -> Integers32:
        """Return the movies of one user, as a view."""
        return self.movies[self.offsets[row] : self.offsets[row + 1]]

    def rows_of(self, user_entities: EntityIds) -> UserRows:
        """Return the rows of the users with these entityIds, int64 [b]."""
        order = np.argsort(self.user_entities)
        places = np.searchsorted(self.user_entities, user_entities, sorter=order)
        return UserRows(order[places].astype(np.int64))

    def with_guest(self, movies: EntityIds) -> Histories:
        """Return the histories with one user more, who watched ``movies``, oldest first.

        Both ids are GUEST, which no node has.
        """
        return Histories(
            UserIds(np.append(self.user_ids, GUEST)),
            EntityIds(np.append(self.user_entities, GUEST)),
            np.append(self.offsets, len(self.movies) + len(movies)),
            np.concatenate([self.movies, movies.astype(np.int32)]),
            np.append(self.positions, np.arange(len(movies))),
            np.append(self.ratings, np.full(len(movies), np.nan, dtype=np.float32)),
            None if self.others is None else self.others.with_guest(movies),
        )

    def entities_of(self, rows: UserRows) -> EntityIds:
        """Return the entityIds of the users in these rows, int64 [b]."""
        return EntityIds(self.user_entities[rows])

    def mean_rating(self, row: int) -> float:
        """Return a user's mean rating in stars, NaN without ratings."""
        stars = self.ratings[self.offsets[row] : self.offsets[row + 1]]
        known = stars[~np.isnan(stars)]
        return float(known.mean()) if len(known) else float("nan")

    def split(self, fraction: float) -> tuple[Histories, Histories]:
        """Return each user's first round((1 - fraction) n) movies, and the rest.

        Raises:
            ConfigError: ``fraction`` is outside [0, 1).
        """
        first = training_counts(self.sizes, fraction)
        return self._part(np.zeros_like(first), first), self._part(first, self.sizes)

    def newest(self, counts: Integers) -> Histories:
        """Return the last ``counts`` movies of each user, int64 [U], none above the size."""
        return self._part(self.sizes - counts, self.sizes)

    def last(self, n: int, rows: UserRows) -> Histories:
        """Return histories cut to the last ``n`` movies (0 or more) for the users in ``rows``."""
        dropped = np.zeros_like(self.sizes)
        dropped[rows] = np.maximum(self.sizes[rows] - n, 0)
        return self._part(dropped, self.sizes)

    def _part(self, first: Integers, end: Integers) -> Histories:
        """Return each user's movies from place ``first`` to before place ``end``; both [U]."""
        if self.others is not None:
            raise ValueError("only the histories of all users can be cut")
        sizes = self.sizes
        rank = np.arange(len(self.movies)) - np.repeat(self.offsets[:-1], sizes)
        chosen = (np.repeat(first, sizes) <= rank) & (rank < np.repeat(end, sizes))
        offsets = np.concatenate(([0], np.cumsum(end - first))).astype(np.int64)
        return Histories(
            self.user_ids,
            self.user_entities,
            offsets,
            self.movies[chosen],
            self.positions[chosen],
            self.ratings[chosen],
        )


def read_histories(
    graph: Graph, *, held_out: bool = False, users: Collection[int] | None = None
) -> Histories:
    """Read users' training movies (RATED), or their held-out ones (HELD_OUT).

    Args:
        graph: the graph.
        held_out: True for the held-out movies of all users.
        users: userIds whose training movies are read, by default all. Those that do not exist are
            left out.

    Raises:
        GraphContentError: the graph has none.
    """
    user_ids, user_entities, positions = array("q"), array("q"), array("q")
    offsets, movies, ratings = array("q", [0]), array("i"), array("f")
    others = None if users is None else _read_others(graph)
    if held_out:
        rows = graph.stream(load_query("read/held_out"), fetch_size=200)
    else:
        asked = None if users is None else list(users)
        rows = graph.stream(load_query("read/histories"), fetch_size=200, users=asked)
    for user_id, user, places, history, stars in rows:
        user_ids.append(user_id)
        user_entities.append(user)
        positions.extend(places)
        movies.extend(history)
        ratings.extend(stars)
        offsets.append(len(movies))
    if not (movies if others is None else others.users):
        what = "held-out ratings" if held_out else "training ratings"
        hint = " with --test-fraction above 0" if held_out else ""
        raise GraphContentError(f"the graph has no {what}; run: pipeline load-kg --replace{hint}")
    found = np.frombuffer(ratings, dtype=np.float32)
    return Histories(
        UserIds(np.frombuffer(user_ids, dtype=np.int64)),
        EntityIds(np.frombuffer(user_entities, dtype=np.int64)),
        np.frombuffer(offsets, dtype=np.int64),
        np.frombuffer(movies, dtype=np.int32),
        np.frombuffer(positions, dtype=np.int64),
        np.where(found < 0, np.float32("nan"), found),
        others,
    )


def _read_others(graph: Graph) -> AllHistories:
    counted = graph.rows(load_query("read/watchers"))
    watchers = np.zeros(max((movie for movie, _ in counted), default=-1) + 1, dtype=np.int64)
    for movie, number in counted:
        watchers[movie] = number
    [row] = graph.read(load_query("read/user_count"))
    return AllHistories(watchers, row["users"])
