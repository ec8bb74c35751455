"""Users who watched alike, computed from histories alone, without a database.

A block of users is compared with a block of windows at a time, and only the windows that may vote
are kept, so memory is bounded by a block and by the result.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from model.arrays import Doubles, Floats, Integers, Integers32
from pipeline.content.histories import Histories
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.windows import Windows

_USERS_PER_BLOCK = 64  # compared with a block of windows at once
_USERS_TOGETHER = 4096  # for whom each block of windows is made once
_BLOCK_ENTRIES = 2**21  # maximum number of entries of the windows in a block


@dataclass(frozen=True)
class Alike:
    """Pairs of users who watched the same movies, ordered by user, the greatest weight first.

    Attributes:
        source: int32 [W], entityId of the user whose newest movies are compared.
        target: int32 [W], entityId of the other user; never the source.
        weight: float32 [W], greater than 0; those of one source sum to at most 1.
        position: int32 [W], position in the other user's history up to which it is most alike.
        until: int32 [W], last position after it whose movie the pair may recommend.
        movie: int32 [W], entityId of the shared movie that counts most there.
        shared: int32 [W], number of movies that both windows share.
    """

    source: Integers32
    target: Integers32
    weight: Floats
    position: Integers32
    until: Integers32
    movie: Integers32
    shared: Integers32

    def __len__(self) -> int:
        """Return the number of pairs, W."""
        return len(self.source)

    def by_source(self) -> Iterator[tuple[int, slice]]:
        """Yield each source with the slice of its pairs."""
        sources, starts = np.unique(self.source, return_index=True)
        ends = np.append(starts, len(self))[1:].tolist()
        for source, first, last in zip(sources.tolist(), starts.tolist(), ends, strict=True):
            yield source, slice(first, last)


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
    windows = Windows(histories, config)
    watching = np.flatnonzero(histories.sizes) if config.alike else np.zeros(0, dtype=np.int64)
    found = _nearest(watching, windows, config)
    user, window, weight = (np.concatenate(parts) for parts in zip(*found, strict=True))
    other, place = windows.owners[window], windows.places[window]
    last = np.minimum(place + config.alike_steps, histories.sizes[other] - 1)
    firsts = histories.offsets[other]
    most, shared = _shared(user, window, windows, config)
    return Alike(
        source=histories.user_entities[user].astype(np.int32),
        target=histories.user_entities[other].astype(np.int32),
        weight=weight,
        position=histories.positions[firsts + place].astype(np.int32),
        until=histories.positions[firsts + last].astype(np.int32),
        movie=windows.movies[most].astype(np.int32),
        shared=shared,
    )


def _nearest(
    watching: Integers, windows: Windows, config: EnrichConfig
) -> Iterator[tuple[Integers32, Integers32, Floats]]:
    """Yield (users, windows, weights) of each user: the best window of the users that are kept."""
    nothing = np.zeros(0, dtype=np.int32)
    yield nothing, nothing, np.zeros(0, dtype=np.float32)
    for first in range(0, len(watching), _USERS_TOGETHER):
        users = watching[first : first + _USERS_TOGETHER]
        voting = _voting(users, windows, config)
        for user, (near, value) in zip(users.tolist(), voting, strict=True):
            if len(near):
                near, votes = _greatest(near, value.astype(np.float64), config.alike_windows)
                kept, weight = _by_user(near, votes**config.alike_power, windows.owners[near])
                kept, weight = _greatest(kept, weight, config.alike)
                yield np.full(len(kept), user, dtype=np.int32), kept, weight.astype(np.float32)


def _voting(
    users: Integers, windows: Windows, config: EnrichConfig
) -> list[tuple[Integers32, Floats]]:
    """Return the windows nearest to each user's newest one with their products, in no order."""
    newest = windows.newest(users)
    nothing = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
    found: list[tuple[Integers32, Floats]] = [nothing] * len(users)
    size = max(1, _BLOCK_ENTRIES // config.alike_movies)
    for start in range(0, len(windows), size):
        turned = windows.chosen(slice(start, start + size)).T.tocsr()
        owners = windows.owners[start : start + size]
        for first in range(0, len(users), _USERS_PER_BLOCK):
            products = newest[first : first + _USERS_PER_BLOCK] @ turned
            for place in range(products.shape[0]):
                row = slice(products.indptr[place], products.indptr[place + 1])
                near, value = products.indices[row], products.data[row]
                others = owners[near] != users[first + place]
                before, least = found[first + place]
                if len(before) >= config.alike_windows:  # of equal ones the earlier count
                    others &= value > least.min()
                near, value = _cut(near[others], value[others], config.alike_windows)
                near = near + np.int32(start)
                if len(before):
                    near, value = np.append(before, near), np.append(least, value)
                    near, value = _cut(near, value, config.alike_windows)
                found[first + place] = near, value
    return found


def _cut(keys: Integers32, values: Floats, count: int) -> tuple[Integers32, Floats]:
    """Return the ``count`` greatest values with their keys, in no order; ties by key."""
    if count < len(keys):
        chosen = values >= np.partition(values, -count)[-count]
        keys, values = keys[chosen], values[chosen]
        if count < len(keys):
            order = np.lexsort((keys, -values))[:count]
            keys, values = keys[order], values[order]
    return keys, values


def _by_user(near: Integers32, votes: Doubles, users: Integers) -> tuple[Integers32, Doubles]:
    """Return each user's window with most votes, and the share of that user's windows.

    Most votes come first, as ``_greatest`` orders them.
    """
    order = np.argsort(users, kind="stable")
    users, near = users[order], near[order]
    first = np.concatenate(([True], users[1:] != users[:-1]))
    sums = np.add.reduceat(votes[order], np.flatnonzero(first))
    return near[first], sums / sums.sum()


def _greatest(keys: Integers32, values: Doubles, count: int) -> tuple[Integers32, Doubles]:
    """Return the ``count`` greatest values, greatest first, with their keys; ties by key."""
    if count < len(keys):
        least = np.partition(values, -count)[-count]
        chosen = values >= least
        keys, values = keys[chosen], values[chosen]
    order = np.lexsort((keys, -values))[:count]
    return keys[order], values[order]


def _shared(
    users: Integers32, others: Integers32, windows: Windows, config: EnrichConfig
) -> tuple[Integers32, Integers32]:
    """Return what users' newest windows share with other windows, both int32 [W].

    The first is the column with the greatest product, the second the number of columns.
    """
    best, numbers = np.zeros((2, len(users)), dtype=np.int32)
    block = max(1, _BLOCK_ENTRIES // config.alike_movies)
    for start in range(0, len(users), block):
        part = slice(start, start + block)
        user, first = np.unique(users[part], return_inverse=True)
        other, second = np.unique(others[part], return_inverse=True)
        product = (windows.newest(user)[first] * windows.chosen(other)[second]).tocsr()
        product.sort_indices()
        counts = np.diff(product.indptr)
        owner = np.repeat(np.arange(len(counts)), counts)
        order = np.lexsort((product.indices, -product.data, owner))
        starts = product.indptr[:-1]
        best[part] = product.indices[order][np.minimum(starts, len(order) - 1)]
        numbers[part] = counts
    return best, numbers
