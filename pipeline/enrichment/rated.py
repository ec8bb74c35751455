"""The movies of some histories in dense columns."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from model.arrays import Integers, Integers32
from model.item_weights import SharedUsers
from pipeline.content.histories import Histories

_BLOCK_ENTRIES = 2**22  # maximum number of entries in one block of rows, 32 MiB of them


class Rated:
    """The movies of some histories in columns 0..M-1, in order of entityId. I ratings.

    Attributes:
        movies: int64 [M], entityId of each column.
        columns: int32 [I], column of each rating's movie.
        users: int32 [I], row of each rating's user.
        popularity: int64 [M], number of users of each movie.
    """

    def __init__(self, histories: Histories) -> None:
        self.movies, columns = np.unique(histories.movies.astype(np.int64), return_inverse=True)
        self.columns: Integers32 = columns.astype(np.int32)
        rows = np.arange(len(histories), dtype=np.int32)
        self.users: Integers32 = np.repeat(rows, histories.sizes)
        self.popularity: Integers = np.bincount(self.columns, minlength=len(self.movies))

    @cached_property
    def matrix(self) -> csr_array:
        """Users by movies, float32 [U, M], 0 or 1."""
        entries = (np.ones(len(self.users), dtype=np.float32), (self.users, self.columns))
        rows = int(self.users[-1]) + 1 if len(self.users) else 0
        return csr_array(entries, shape=(rows, len(self.movies)))

    @cached_property
    def shared(self) -> SharedUsers:
        """The numbers of users that movies share."""
        return SharedUsers(self.matrix)

    @cached_property
    def _by_movie(self) -> tuple[Integers, Integers]:
        """Places of the ratings in order of column, int64 [I], and where each column starts."""
        starts = np.concatenate(([0], np.cumsum(self.popularity)))
        return np.argsort(self.columns, kind="stable"), starts

    def places(self, first: int, last: int) -> Integers:
        """Return the places of the ratings of columns first..last-1, ascending, int64."""
        order, starts = self._by_movie
        return np.sort(order[starts[first] : starts[last]])

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Yield (first, last + 1) of blocks of columns whose rows [b, M] fit into memory."""
        block = max(1, _BLOCK_ENTRIES // max(1, len(self.movies)))
        for first in range(0, len(self.movies), block):
            yield first, min(first + block, len(self.movies))
