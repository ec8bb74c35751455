"""One user's connectors as arrays: attributes and other users that join movies."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from model.arrays import Integers


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
    return ConnectorEdges(
        ids[order],
        _rows(row_of, histories),
        _rows(row_of, others),
        _rows(row_of, vias if vias is not None else [()] * len(ids)),
    )


def _rows(row_of: Integers, lists: Sequence[Sequence[int]]) -> Rows:
    sizes = np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))
    movies = np.fromiter(chain.from_iterable(lists), dtype=np.int64, count=int(sizes.sum()))
    span = int(movies.max(initial=0)) + 1
    codes = np.sort(np.repeat(row_of, sizes) * span + movies)
    if len(codes) > 1:  # parallel relationships
        codes = codes[np.concatenate(([True], codes[1:] != codes[:-1]))]
    rows, movies = np.divmod(codes, span)
    offsets = np.zeros(len(lists) + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=len(lists)), out=offsets[1:])
    return Rows(offsets, movies)
