"""Stretches of histories as vectors, made when needed: all of them would fill the memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from model.arrays import Doubles, Integers, ranges
from pipeline.content.histories import Histories
from pipeline.enrichment.config import EnrichConfig

_LEAST_RARITY = 0.01  # so that a movie that everyone watched still has a weight


class Windows:
    """Makes the vectors of windows; see pipeline.enrichment.alike.

    Attributes:
        movies: int64 [M], entityId of each column, ascending.
        owners: int64 [N], row of the user of each window that may be compared, ascending.
        places: int64 [N], place of the window's last movie in the history.
    """

    def __init__(self, histories: Histories, config: EnrichConfig) -> None:
        """Choose the windows that have a movie after them, every ``alike_stride``-th.

        Of more than ``alike_users`` users, those of so many are chosen, the same in every run.
        """
        self._histories, self._config = histories, config
        movies, columns = np.unique(histories.movies.astype(np.int64), return_inverse=True)
        self.movies, self._columns = movies, columns
        self._rarity = _rarity(columns, len(movies), len(histories), config.alike_rarity)
        counts = -(-np.maximum(histories.sizes - 1, 0) // config.alike_stride)
        watching = np.flatnonzero(counts)
        if len(watching) > config.alike_users:
            left_out = np.random.default_rng(0).permutation(watching)[config.alike_users :]
            counts[left_out] = 0
        self.owners: Integers = np.repeat(np.arange(len(histories)), counts)
        self.places: Integers = ranges(np.zeros_like(counts), counts) * config.alike_stride

    def __len__(self) -> int:
        """Return the number of windows, N."""
        return len(self.owners)

    def chosen(self, part: slice | npt.NDArray[np.integer]) -> csr_array:
        """Return the vectors of some windows, float32 [b, M]; see ``at``."""
        return self.at(self.owners[part], self.places[part])

    def newest(self, users: npt.NDArray[np.integer]) -> csr_array:
        """Return the vectors of the windows at the end of these users' histories."""
        return self.at(users, self._histories.sizes[users] - 1)

    def at(self, users: npt.NDArray[np.integer], places: Integers) -> csr_array:
        """Return the vectors of windows, float32 [b, M], of length 1 or less.

        Args:
            users: int [b], row of each window's user.
            places: int64 [b], place of its last movie, which counts most, in the history.
        """
        config, histories = self._config, self._histories
        sizes = np.minimum(places + 1, config.alike_movies)
        back = ranges(np.zeros_like(sizes), sizes)
        rows = np.repeat(np.arange(len(users)), sizes)
        movies = self._columns[histories.offsets[users[rows]] + places[rows] - back]
        values = config.alike_decay**back * self._rarity[movies]
        squares = np.bincount(rows, np.square(values), minlength=len(users))
        lengths = np.sqrt(squares + config.alike_shrinkage)
        values = (values / lengths[rows]).astype(np.float32)
        starts = np.concatenate(([0], np.cumsum(sizes)))
        vectors = csr_array((values, movies, starts), shape=(len(users), len(self.movies)))
        vectors.sort_indices()
        return vectors


def _rarity(columns: Integers, num_movies: int, num_users: int, power: float) -> Doubles:
    """Return a power of each movie's inverse document frequency, float64 [M]."""
    watchers = np.bincount(columns, minlength=num_movies)
    rarity = np.log(max(num_users, 1) / np.maximum(watchers, 1))
    return np.asarray(np.maximum(rarity, _LEAST_RARITY) ** power, dtype=np.float64)
