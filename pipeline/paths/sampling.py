"""Samples a user's paths from connector rows, uniformly and reproducibly; arrays only.

A path alternates movies and connectors (attributes, or other users): user - m1 - c1 - m2 - c2 - ...
- target. It is determined by these entities, which are all distinct. With one connector, all paths
of a pair are counted exactly and ranks among them are drawn. With two or three connectors, walks
(whose entities may repeat) are counted and ranks among those are drawn. Ranks of walks that are not
paths, and ranks drawn before, are drawn again, so every path has the same chance. Pairs with few
walks, and pairs for which drawing does not succeed soon, have all their walks enumerated instead.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.arrays import PADDING, Integers, Integers32
from pipeline.paths.connectors import ConnectorEdges
from pipeline.paths.walks import Walks, are_simple

_ROUNDS = 7  # number of rounds of drawing walks, each with twice as many as the one before
_FEW = 8  # maximum number of walks per requested path for which all walks are enumerated
_BLOCK = 500_000  # number of walks processed together
_FLOYD_LIMIT = 64  # maximum number of paths per pair for drawing the ranks of all pairs at once


class SampledPaths(NamedTuple):
    """The paths of one user's pairs. N paths, S steps.

    Attributes:
        entities: int32 [N, S], entityIds from user to movie, then PADDING.
        lengths: int32 [N], number of entities of each path.
        pairs: int64 [N], ascending, index of the requested movie at which each path ends.
    """

    entities: Integers32
    lengths: Integers32
    pairs: Integers


def sample_paths(
    user: int,
    edges: ConnectorEdges,
    movies: Integers,
    *,
    max_hops: int,
    max_paths: int,
    rng: np.random.Generator,
) -> SampledPaths:
    """Return up to ``max_paths`` paths of at most ``max_hops`` from the user to each movie.

    A pair with more than ``max_paths`` paths gets ``max_paths`` of them, drawn uniformly without
    replacement; any other pair gets all its paths.

    Args:
        user: entityId of the user.
        edges: the user's connectors.
        movies: int64 [n], entityIds of the pairs' movies, which may have duplicates.
        max_hops: maximum number of relationships, 3, 5 or 7.
        max_paths: maximum number of paths per pair, at least 1.
        rng: generator of the draws; the result depends on it and the other arguments alone.

    Raises:
        OverflowError: there are more walks than a 64-bit integer can count.
    """
    walks = Walks(edges, movies, max_hops)
    if max_hops == 3:  # every walk is a path
        pairs, ranks = sample_ranks(walks.totals, max_paths, rng)
    else:
        pairs, ranks = _sample_among_walks(walks, max_paths, rng)
    entities = walks.entities(pairs, ranks)
    lengths = 1 + np.count_nonzero(entities != PADDING, axis=1)
    first = np.full((len(entities), 1), user, dtype=np.int32)
    return SampledPaths(np.hstack((first, entities)), lengths.astype(np.int32), pairs)


def sample_ranks(
    totals: Integers, most: int, rng: np.random.Generator
) -> tuple[Integers, Integers]:
    """Draw ``most`` of the ranks 0 .. totals[i] - 1 for each i, uniformly without replacement.

    Where there are no more than ``most`` ranks, all of them are returned.

    Returns:
        places: int64 [N], the i of each rank, ascending.
        ranks: int64 [N], ascending within a place.
    """
    few = totals <= most
    counts = np.where(few, totals, most)
    places = np.repeat(np.arange(len(totals)), counts)
    ranks = np.arange(len(places)) - np.repeat(np.cumsum(counts) - counts, counts)
    many = totals[~few]
    if len(many):
        drawn = _floyd(many, most, rng) if most <= _FLOYD_LIMIT else _choices(many, most, rng)
        ranks[~few[places]] = drawn.ravel()
    return places, ranks


def _floyd(totals: Integers, most: int, rng: np.random.Generator) -> Integers:
    """Draw distinct ranks [n, most], ascending in each row, by Floyd's algorithm for all rows."""
    upper = totals[:, None] - most + np.arange(most)
    chosen = rng.integers(0, upper, endpoint=True)
    for step in range(1, most):
        repeated = (chosen[:, :step] == chosen[:, step : step + 1]).any(axis=1)
        chosen[repeated, step] = upper[repeated, step]
    chosen.sort(axis=1)
    return chosen


def _choices(totals: Integers, most: int, rng: np.random.Generator) -> Integers:
    rows = [rng.choice(int(total), most, replace=False, shuffle=False) for total in totals]
    return np.sort(np.array(rows, dtype=np.int64), axis=1)


def _sample_among_walks(
    walks: Walks, most: int, rng: np.random.Generator
) -> tuple[Integers, Integers]:
    """Draw ranks as sample_ranks does, but among the walks that are paths."""
    pending = walks.totals > _FEW * most
    some = np.flatnonzero(~pending & (walks.totals > 0))
    drawn = np.empty((2, 0), dtype=np.int64)
    for turn in range(_ROUNDS):
        pairs = np.flatnonzero(pending)
        if not len(pairs):
            break
        drawn = _first_distinct(np.hstack((drawn, _draw(walks, pairs, most << turn, rng))), most)
        pending &= np.bincount(drawn[0], minlength=len(pending)) < most
    drawn = drawn[:, ~pending[drawn[0]]]
    listed = _from_all_walks(walks, np.union1d(some, np.flatnonzero(pending)), most, rng)
    pairs, ranks = np.hstack((drawn, listed))
    order = np.lexsort((ranks, pairs))
    return pairs[order], ranks[order]


def _draw(walks: Walks, pairs: Integers, number: int, rng: np.random.Generator) -> Integers:
    """Draw ``number`` ranks of each pair's walks and drop walks that are not paths: [2, N]."""
    drawn = []
    size = max(1, _BLOCK // number)
    for start in range(0, len(pairs), size):
        block = np.repeat(pairs[start : start + size], number)
        ranks = rng.integers(0, walks.totals[block])
        simple = are_simple(walks.entities(block, ranks))
        drawn.append(np.stack((block[simple], ranks[simple])))
    return np.hstack(drawn)


def _first_distinct(drawn: Integers, most: int) -> Integers:
    """Return each pair's first ``most`` distinct ranks, in the order drawn: [2, N] -> [2, n]."""
    pairs, ranks = drawn
    order = np.lexsort((ranks, pairs))  # stable: the first drawn comes first
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (np.diff(pairs[order]) != 0) | (np.diff(ranks[order]) != 0)
    kept = np.sort(order[new])
    kept = kept[np.argsort(pairs[kept], kind="stable")]
    within = np.arange(len(kept)) - np.searchsorted(pairs[kept], pairs[kept])
    return drawn[:, kept[within < most]]


def _from_all_walks(walks: Walks, pairs: Integers, most: int, rng: np.random.Generator) -> Integers:
    """Sample among the paths of these pairs by enumerating all their walks: [2, N]."""
    ends = np.cumsum(walks.totals[pairs])
    found = [np.empty((2, 0), dtype=np.int64)]
    for start in range(0, int(ends[-1]) if len(ends) else 0, _BLOCK):
        places = np.arange(start, min(start + _BLOCK, int(ends[-1])))
        which = np.searchsorted(ends, places, side="right")
        ranks = places - (ends - walks.totals[pairs])[which]
        simple = are_simple(walks.entities(pairs[which], ranks))
        found.append(np.stack((which[simple], ranks[simple])))
    which, ranks = np.hstack(found)
    counts = np.bincount(which, minlength=len(pairs))
    chosen, places = sample_ranks(counts, most, rng)
    return np.stack((pairs[chosen], ranks[(np.cumsum(counts) - counts)[chosen] + places]))
