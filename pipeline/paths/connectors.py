"""Users' connectors as arrays: attributes and other users that join movies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from model.arrays import PADDING, Booleans, Integers
from pipeline.paths.ragged import Lists, flat, known

_NONE: Integers = np.zeros(0, dtype=np.int64)


class Rows(NamedTuple):
    """The movies of each connector. C connectors, E edges.

    Attributes:
        offsets: int64 [C + 1]; row c is movies[offsets[c]:offsets[c + 1]].
        movies: int64 [E], entityIds, ascending and distinct within a row.
    """

    offsets: Integers
    movies: Integers

    def connectors(self) -> Integers:
        """Return the row of each edge, int64 [E], ascending."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))


class ConnectorEdges(NamedTuple):
    """The part of the graph around one user that contains all paths. C connectors.

    Attributes:
        connectors: int64 [C], entityIds, ascending.
        history: the user's training movies at each connector.
        others: the requested movies that are not in the history.
        vias: the movies that longer paths may pass through.
    """

    connectors: Integers
    history: Rows
    others: Rows
    vias: Rows


def connector_edges(
    connectors: Sequence[int],
    histories: Sequence[Sequence[int]],
    others: Sequence[Sequence[int]],
    vias: Sequence[Sequence[int]] | None = None,
) -> ConnectorEdges:
    """Return one record of the hops queries as arrays, in a fixed order without duplicates."""
    ids = np.array(connectors, dtype=np.int64)
    order = np.argsort(ids)
    row_of = np.empty_like(order)
    row_of[order] = np.arange(len(order))

    def rows(lists: Sequence[Sequence[int]]) -> Rows:
        places, movies = flat(lists)
        return _rows(row_of[places], movies, len(ids))

    return ConnectorEdges(
        ids[order],
        rows(histories),
        rows(others),
        rows(vias if vias is not None else [()] * len(ids)),
    )


class SharedAttributes:
    """The attributes that join the movies of many users: the rows of hops_3. M movies.

    Args of the constructor:
        records: users and attributes (entityIds), each with its movies.
        users: entityIds of the users.
    """

    def __init__(self, records: Iterable[Sequence[Any]], users: Iterable[int]) -> None:
        watched = dict.fromkeys(users, _NONE)
        attributes: list[tuple[int, Sequence[int]]] = []
        for entity, movies in records:
            if entity in watched:
                watched[entity] = np.unique(np.array(movies, dtype=np.int64))
            else:
                attributes.append((entity, movies))
        attributes.sort(key=itemgetter(0))
        self._watched = watched
        self._ids = np.array([entity for entity, _ in attributes], dtype=np.int64)
        rows, movies = flat([movies for _, movies in attributes])
        self._movies, places = np.unique(movies, return_inverse=True)
        self._lists = Lists(places, len(self._movies), rows)

    def of(self, user: int, movies: Integers) -> ConnectorEdges:
        """Return the attributes of one user's history, and of ``movies`` (int64, entityIds)."""
        watched = self._watched[user]
        history = self._edges(watched)
        others = self._edges(np.setdiff1d(movies, watched))
        of_history, of_others = (
            np.bincount(rows, minlength=len(self._ids)) for rows, _ in (history, others)
        )
        kept = np.flatnonzero((of_history > 0) & (of_history + of_others > 1))
        row_of = np.full(len(self._ids), PADDING, dtype=np.int64)
        row_of[kept] = np.arange(len(kept))
        own, requested = (
            _rows(row_of[rows], ends, len(kept), row_of[rows] != PADDING)
            for rows, ends in (history, others)
        )
        return ConnectorEdges(self._ids[kept], own, requested, _rows(_NONE, _NONE, len(kept)))

    def _edges(self, movies: Integers) -> tuple[Integers, Integers]:
        """Return the attributes' rows of these movies and their entityIds, an edge each."""
        places, found = known(self._movies, movies)
        owners, at = self._lists.of(found)
        return self._lists.values[0][at], movies[places][owners]


def _rows(
    rows: Integers, movies: Integers, count: int, chosen: slice | Booleans = slice(None)
) -> Rows:
    """Return the ``chosen`` edges between ``count`` rows and movies, in order, each once."""
    rows, movies = rows[chosen], movies[chosen]
    span = int(movies.max(initial=0)) + 1
    codes = np.sort(rows * span + movies)
    if len(codes) > 1:  # parallel relationships
        codes = codes[np.concatenate(([True], codes[1:] != codes[:-1]))]
    rows, movies = np.divmod(codes, span)
    offsets = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=count), out=offsets[1:])
    return Rows(offsets, movies)
