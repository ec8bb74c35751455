"""Samples a user's paths from connector rows, uniformly and reproducibly; arrays only.

A path alternates movies and connectors (attributes, or other users): user - m1 - c1 - m2 - c2 - ...
- target. It is determined by these entities; all of them differ. With one connector, all paths of a
pair are counted exactly and ranks among them are drawn. With two or three connectors, walks (whose
entities may repeat) are counted and ranks among those are drawn; ranks of walks that are no paths
and ranks drawn before are drawn again, which leaves every path the same chance. Pairs of few walks,
and pairs for which that does not succeed soon, have all their walks looked at instead.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model.arrays import PADDING, Integers
from pipeline.paths.connectors import ConnectorEdges
from pipeline.paths.walks import Walks, are_simple

_ROUNDS = 7  # of drawing walks, each twice as many as the one before
_FEW = 8  # walks per path wanted up to which all are looked at
_BLOCK = 500_000  # walks looked at together
_FLOYD_LIMIT = 64  # paths per pair up to which ranks of all pairs are drawn together


class SampledPaths(NamedTuple):
    """The paths of one user's pairs. N paths, S steps.

    Attributes:
        entities: int32 [N, S], entityIds from user to movie, then PADDING.
        lengths: int32 [N], entities of each path.
        pairs: int64 [N], ascending, which of the movies asked for each path ends at.
    """

    entities: npt.NDArray[np.int32]
    lengths: npt.NDArray[np.int32]
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
    """At most ``max_paths`` paths of at most ``max_hops`` from the user to each movie.

    All of a pair's paths where there are no more than ``max_paths``; else so many of them, drawn
    uniformly without replacement.

    Args:
        user: entityId.
        edges: the user's connectors.
        movies: int64 [n], the pairs' entityIds; one may stand there twice.
        max_hops: 3, 5 or 7.
        max_paths: at least 1.
        rng: decides everything, together with the other arguments.

    Raises:
        OverflowError: more walks than a 64-bit integer counts.
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
    """For each i, ``most`` of the ranks 0 .. totals[i] - 1, uniformly without replacement, or all.

    Returns:
        places: int64 [N], i of each rank, ascending.
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
    """Floyd's algorithm for all rows at once: [n, most] distinct ranks, ascending in each row."""
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
    """As sample_ranks, among the walks that are paths."""
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
    looked = _look_at_all(walks, np.union1d(some, np.flatnonzero(pending)), most, rng)
    pairs, ranks = np.hstack((drawn, looked))
    order = np.lexsort((ranks, pairs))
    return pairs[order], ranks[order]


def _draw(walks: Walks, pairs: Integers, number: int, rng: np.random.Generator) -> Integers:
    """``number`` ranks of each pair's walks, less those of walks that are no paths: [2, N]."""
    drawn = []
    size = max(1, _BLOCK // number)
    for start in range(0, len(pairs), size):
        block = np.repeat(pairs[start : start + size], number)
        ranks = rng.integers(0, walks.totals[block])
        simple = are_simple(walks.entities(block, ranks))
        drawn.append(np.stack((block[simple], ranks[simple])))
    return np.hstack(drawn)


def _first_distinct(drawn: Integers, most: int) -> Integers:
    """Of each pair the first ``most`` different ranks, in the order drawn: [2, N] -> [2, n]."""
    pairs, ranks = drawn
    order = np.lexsort((ranks, pairs))  # stable: the first drawn comes first
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (np.diff(pairs[order]) != 0) | (np.diff(ranks[order]) != 0)
    kept = np.sort(order[new])
    kept = kept[np.argsort(pairs[kept], kind="stable")]
    within = np.arange(len(kept)) - np.searchsorted(pairs[kept], pairs[kept])
    return drawn[:, kept[within < most]]


def _look_at_all(walks: Walks, pairs: Integers, most: int, rng: np.random.Generator) -> Integers:
    """Sample among the paths of these pairs by looking at all their walks: [2, N]."""
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
