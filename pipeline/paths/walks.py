"""Counts a user's walks to each movie and finds the walk of a given rank; arrays only.

A walk is a sequence user - m1 - c1 - m2 - c2 - ... - target along existing edges. Its first movie
is in the user's history, later ones before the target are in the via set. A walk with one connector
never has m1 = target, so it is a path. A longer walk may repeat entities. The walks to a movie are
ranked by the last connector, then by length, then by the edges before it, so rank and walk
determine each other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.arrays import PADDING, Booleans, Integers, Integers32
from pipeline.paths.connectors import ConnectorEdges

_MOST_WALKS = 2.0**62


class _Level(NamedTuple):
    """Walks with one connector more than the level before. C connectors, V via edges, M vias.

    Attributes:
        by_connector: int64 [V + 1], cumulative number of walks over the via edges in order of
            connector, then movie.
        by_movie: int64 [V + 1], the same over the via edges in order of movie, then connector.
        counts: int64 [C], number of walks that end at each connector.
    """

    by_connector: Integers
    by_movie: Integers
    counts: Integers


class Walks:
    """The walks of one user to each of n movies, of at most ``max_hops`` relationships.

    Attributes:
        totals: int64 [n], number of walks of each pair; with max_hops 3, of paths.
    """

    def __init__(self, edges: ConnectorEdges, movies: Integers, max_hops: int) -> None:
        """Count the walks.

        Raises:
            OverflowError: there are more walks than a 64-bit integer can count.
        """
        self._edges = edges
        self._max_hops = max_hops
        self._targets = movies
        self._history_sizes = np.diff(edges.history.offsets)
        self._place_vias()
        self._levels: list[_Level] = []
        counts = self._history_sizes
        for _ in range((max_hops - 3) // 2):
            self._levels.append(self._longer(counts))
            counts = self._levels[-1].counts
        self._place_targets()

    def _place_vias(self) -> None:
        vias = self._edges.vias
        _, movie_rows = np.unique(vias.movies, return_inverse=True)
        connectors = vias.connectors()
        order = np.argsort(movie_rows, kind="stable")
        self._via_rows = movie_rows  # [V], in order of connector
        self._via_connectors = connectors[order]  # [V], in order of movie
        self._via_offsets = np.searchsorted(movie_rows[order], np.arange(len(order) + 1))

    def _longer(self, counts: Integers) -> _Level:
        by_movie = _running(counts[self._via_connectors])
        at_movie = np.diff(by_movie[self._via_offsets])
        by_connector = _running(at_movie[self._via_rows])
        return _Level(by_connector, by_movie, np.diff(by_connector[self._edges.vias.offsets]))

    def _place_targets(self) -> None:
        """Lay out the last edges (connector - target) of all pairs, pair by pair: F edges."""
        history, others = self._edges.history, self._edges.others
        movies = np.concatenate((history.movies, others.movies))
        order = np.argsort(movies, kind="stable")
        movies = movies[order]
        first = np.searchsorted(movies, self._targets)
        sizes = np.searchsorted(movies, self._targets, side="right") - first
        ends = np.cumsum(sizes)
        place = order[np.arange(sizes.sum()) + np.repeat(first - ends + sizes, sizes)]
        connectors = np.concatenate((history.connectors(), others.connectors()))[place]
        own = place < len(history.movies)  # the target is in the user's history
        # Index of the target itself in its connector's history, to be skipped: [F].
        skipped = place - history.offsets[connectors]
        skipped[~own] = np.iinfo(np.int64).max
        self._last_connectors = connectors
        self._skipped = skipped
        self._direct = self._history_sizes[connectors] - own
        counts = self._direct.copy()
        for level in self._levels:
            counts += level.counts[connectors]
        self._by_last = _running(counts)
        self._starts = self._by_last[ends - sizes]
        self.totals: Integers = self._by_last[ends] - self._starts

    def entities(self, pairs: Integers, ranks: Integers) -> Integers32:
        """Return the walks of these ranks: int32 [N, max_hops], m1, c1, ..., target, PADDING."""
        last, rank = _find(self._by_last, self._starts[pairs] + ranks)
        connectors = self._last_connectors[last]
        found = np.full((len(pairs), self._max_hops), PADDING, dtype=np.int32)
        counts = self._direct[last]
        for number in range(len(self._levels) + 1):
            chosen = np.flatnonzero((rank >= 0) & (rank < counts))
            inner = rank[chosen]
            if number == 0:
                inner = inner + (inner >= self._skipped[last[chosen]])
            steps = self._prefix(number, connectors[chosen], inner)
            steps.append(self._targets[pairs[chosen]])
            for column, step in enumerate(steps):
                found[chosen, column] = step
            rank = rank - counts
            if number < len(self._levels):
                counts = self._levels[number].counts[connectors]
        return found

    def _prefix(self, number: int, connectors: Integers, ranks: Integers) -> list[Integers]:
        """Return entities m1, c1, ... of walks to these connectors, after ``number`` others."""
        here = self._edges.connectors[connectors]
        if number == 0:
            history = self._edges.history
            return [history.movies[history.offsets[connectors] + ranks], here]
        level, vias = self._levels[number - 1], self._edges.vias
        edge, rank = _find(level.by_connector, level.by_connector[vias.offsets[connectors]] + ranks)
        start = level.by_movie[self._via_offsets[self._via_rows[edge]]]
        previous, rank = _find(level.by_movie, start + rank)
        steps = self._prefix(number - 1, self._via_connectors[previous], rank)
        return [*steps, vias.movies[edge], here]


def are_simple(entities: Integers32) -> Booleans:
    """Return True for walks [N, max_hops] without repeated entities, bool [N]."""
    simple = np.ones(len(entities), dtype=np.bool_)
    width = entities.shape[1]
    for left in range(width):  # movies stand in even columns, connectors in odd ones
        for right in range(left + 2, width, 2):
            repeated = entities[:, left] == entities[:, right]
            simple &= ~repeated | (entities[:, left] == PADDING)
    return simple


def _running(counts: Integers) -> Integers:
    """Return the cumulative sums 0, counts[0], counts[0] + counts[1], ...

    Raises:
        OverflowError: the sum is too large.
    """
    if counts.sum(dtype=np.float64) > _MOST_WALKS:
        raise OverflowError("there are more walks than a 64-bit integer can count")
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(counts)))


def _find(running: Integers, places: Integers) -> tuple[Integers, Integers]:
    """Return the edge that each place of a cumulative sum falls in, and the rank in that edge."""
    edge = np.searchsorted(running, places, side="right") - 1
    return edge, places - running[edge]
