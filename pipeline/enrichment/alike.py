"""Users who watched alike, computed from histories alone, without a database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from model.arrays import Doubles, Floats, Integers, ranges
from pipeline.content.histories import Histories
from pipeline.enrichment.config import EnrichConfig

_USERS_PER_BLOCK = 64
_LEAST_RARITY = 0.01  # so that a movie that everyone watched still has a weight


@dataclass(frozen=True)
class Alike:
    """Pairs of users who watched the same movies, ordered by user, the greatest weight first.

    Attributes:
        source: int64 [W], entityId of the user whose newest movies are compared.
        target: int64 [W], entityId of the other user; never the source.
        weight: float32 [W], greater than 0; those of one source sum to at most 1.
        position: int64 [W], position in the other user's history up to which it is most alike.
        until: int64 [W], last position after it whose movie the pair may recommend.
        movie: int64 [W], entityId of the shared movie that counts most there.
        shared: int64 [W], number of movies that both windows share.
    """

    source: Integers
    target: Integers
    weight: Floats
    position: Integers
    until: Integers
    movie: Integers
    shared: Integers

    def __len__(self) -> int:
        """Return the number of pairs, W."""
        return len(self.source)

    def by_source(self) -> Iterator[tuple[int, slice]]:
        """Yield each source with the slice of its pairs."""
        sources, starts = np.unique(self.source, return_index=True)
        ends = np.append(starts, len(self))[1:].tolist()
        for source, first, last in zip(sources.tolist(), starts.tolist(), ends, strict=True):
            yield source, slice(first, last)


class _Windows(NamedTuple):
    """Stretches of histories as vectors, of length 1 or less.

    Attributes:
        vectors: float32 [N, M], what was watched in each window, the last movie most.
        users: int64 [N], row of the user.
        positions: int64 [N], place of the window's last movie in the history.
    """

    vectors: csr_array
    users: Integers
    positions: Integers


def watched_alike(histories: Histories, config: EnrichConfig) -> Alike:
    """Return, for each user, those who once watched what the user has just watched.

    A window is the ``alike_movies`` last movies at some place of a history. A movie counts
    ``alike_decay`` ** (steps before that place) times a power of its inverse document frequency.
    The vector of a window is divided by sqrt(its squared length + ``alike_shrinkage``), else the
    windows of one or two movies, where histories start, would be the nearest. The user's newest
    window is compared with every ``alike_stride``-th window of all others that has a movie after
    it. The ``alike_windows`` nearest of them vote with (inner product) ** ``alike_power``, divided
    by the sum of the votes. The weight of another user is the sum of the votes of that user's
    windows. The ``alike`` greatest weights of each user are kept, each with the place of the window
    with most votes.

    Session-based nearest neighbours (Jannach & Ludewig, RecSys 2017) vote in the same way with
    whole sessions.
    """
    movies, columns = np.unique(histories.movies.astype(np.int64), return_inverse=True)
    weights = _rarity(columns, len(movies), len(histories), config.alike_rarity)
    sizes = histories.sizes
    owners = np.repeat(np.arange(len(histories)), np.maximum(sizes - 1, 0))
    places = _ranks(np.maximum(sizes - 1, 0))
    chosen = places % config.alike_stride == 0
    windows = _windows(histories, columns, weights, owners[chosen], places[chosen], config)
    watching = np.flatnonzero(sizes)
    newest = _windows(histories, columns, weights, watching, sizes[watching] - 1, config)
    found = _nearest(newest, windows, config)
    user, window, weight = (np.concatenate(parts) for parts in zip(*found, strict=True))
    other, position = windows.users[window], windows.positions[window]
    row_of = np.zeros(len(histories), dtype=np.int64)
    row_of[newest.users] = np.arange(len(watching))
    last = np.minimum(position + config.alike_steps, sizes[other] - 1)
    firsts = histories.offsets[other]
    most, shared = _shared(newest.vectors, row_of[user], windows.vectors, window)
    return Alike(
        source=histories.user_entities[user].astype(np.int64),
        target=histories.user_entities[other].astype(np.int64),
        weight=weight,
        position=histories.positions[firsts + position],
        until=histories.positions[firsts + last],
        movie=movies[most],
        shared=shared,
    )


def _rarity(columns: Integers, num_movies: int, num_users: int, power: float) -> Doubles:
    """Return a power of each movie's inverse document frequency, float64 [M]."""
    watchers = np.bincount(columns, minlength=num_movies)
    rarity = np.log(max(num_users, 1) / np.maximum(watchers, 1))
    return np.asarray(np.maximum(rarity, _LEAST_RARITY) ** power, dtype=np.float64)


def _ranks(sizes: Integers) -> Integers:
    """Return 0 .. size - 1 for each of these sizes, one after the other."""
    return ranges(np.zeros_like(sizes), sizes)


def _windows(
    histories: Histories,
    columns: Integers,
    weights: Doubles,
    users: Integers,
    positions: Integers,
    config: EnrichConfig,
) -> _Windows:
    sizes = np.minimum(positions + 1, config.alike_movies)
    back = _ranks(sizes)
    rows = np.repeat(np.arange(len(users)), sizes)
    movies = columns[histories.offsets[users[rows]] + positions[rows] - back]
    values = config.alike_decay**back * weights[movies]
    squares = np.bincount(rows, np.square(values), minlength=len(users))
    lengths = np.sqrt(squares + config.alike_shrinkage)
    values = (values / lengths[rows]).astype(np.float32)
    starts = np.concatenate(([0], np.cumsum(sizes)))
    shape = (len(users), len(weights))
    vectors = csr_array((values, movies, starts), shape=shape)
    vectors.sort_indices()
    return _Windows(vectors, users, positions)


def _nearest(
    newest: _Windows, windows: _Windows, config: EnrichConfig
) -> Iterator[tuple[Integers, Integers, Floats]]:
    """Yield (users, windows, weights) of each user: the best window of the users that are kept."""
    nothing = np.zeros(0, dtype=np.int64)
    yield nothing, nothing, np.zeros(0, dtype=np.float32)
    turned = windows.vectors.T.tocsr()
    for first in range(0, len(newest.users), _USERS_PER_BLOCK):
        block = slice(first, first + _USERS_PER_BLOCK)
        products = newest.vectors[block] @ turned
        for place, user in enumerate(newest.users[block].tolist()):
            row = slice(products.indptr[place], products.indptr[place + 1])
            near, value = products.indices[row].astype(np.int64), products.data[row]
            others = windows.users[near] != user
            near, value = near[others], value[others].astype(np.float64)
            near, value = _greatest(near, value, config.alike_windows)
            if len(near):
                kept, weight = _by_user(near, value**config.alike_power, windows.users[near])
                kept, weight = _greatest(kept, weight, config.alike)
                yield np.full(len(kept), user), kept, weight.astype(np.float32)


def _by_user(near: Integers, votes: Doubles, users: Integers) -> tuple[Integers, Doubles]:
    """Return each user's window with most votes, and the share of that user's windows."""
    order = np.lexsort((near, -votes, users))
    users, near = users[order], near[order]
    first = np.concatenate(([True], users[1:] != users[:-1]))
    sums = np.add.reduceat(votes[order], np.flatnonzero(first))
    return near[first], sums / sums.sum()


def _greatest(keys: Integers, values: Doubles, count: int) -> tuple[Integers, Doubles]:
    """Return the ``count`` greatest values, greatest first, with their keys; ties by key."""
    if count < len(keys):
        least = np.partition(values, -count)[-count]
        chosen = values >= least
        keys, values = keys[chosen], values[chosen]
    order = np.lexsort((keys, -values))[:count]
    return keys[order], values[order]


def _shared(
    first: csr_array, rows: Integers, second: csr_array, others: Integers
) -> tuple[Integers, Integers]:
    """Return the column with the greatest product of each pair of rows, and the number of them.

    Both are int64 [W].
    """
    best, numbers = np.zeros((2, len(rows)), dtype=np.int64)
    block = 2**16
    for start in range(0, len(rows), block):
        part = slice(start, start + block)
        product = (first[rows[part]] * second[others[part]]).tocsr()
        product.sort_indices()
        counts = np.diff(product.indptr)
        owner = np.repeat(np.arange(len(counts)), counts)
        order = np.lexsort((product.indices, -product.data, owner))
        starts = product.indptr[:-1]
        best[part] = product.indices[order][np.minimum(starts, len(order) - 1)]
        numbers[part] = counts
    return best, numbers
