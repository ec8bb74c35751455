"""Item-to-item weights in closed form, for the baselines and the graph's derived relationships.

Letters: U users, M movies, I interactions, b rows. Entry [j, m] of a result says how much movie j
in a history supports movie m. Functions with the arguments ``first`` and ``last`` return the rows
first..last-1 only, so that a caller with many movies does not have to hold [M, M] in memory.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from model.arrays import Doubles, Integers

_GRAM_ENTRIES = 2**24  # maximum number of entries in one block of rows of X^T X


class SharedUsers:
    """The numbers of users that movies share, X^T X [M, M], computed row by row when asked for.

    Attributes:
        sizes: float64 [M], the number of users of each movie.
    """

    def __init__(self, matrix: csr_array) -> None:
        """Take X = ``matrix``, users by movies [U, M], and keep it by movie, too.

        In float32, sums of 0 and 1 are exact up to 16.7 million users.
        """
        self._by_user = matrix
        self._by_movie = matrix.T.tocsr()
        self.sizes: Doubles = np.asarray(matrix.sum(axis=0, dtype=np.float64))

    def rows(self, first: int, last: int) -> csr_array:
        """Return rows first..last-1, float64 [last - first, M]."""
        return csr_array(self._by_movie[first:last] @ self._by_user).astype(np.float64, copy=False)


def followers(
    users: npt.NDArray[np.integer],
    movies: npt.NDArray[np.integer],
    num_movies: int,
    window: int,
    step_decay: float,
    first: int = 0,
    last: int | None = None,
    places: Integers | None = None,
) -> Doubles:
    """Count how often movie m comes soon after movie j in a history, float64 [last - first, M].

    Entry [j, m] is the sum of step_decay ** (k - 1) over the users in whose history m comes k steps
    after j, 1 <= k <= window.

    Args:
        users: int [I], the user of each interaction; those of a user are contiguous.
        movies: int [I], the movie of each interaction, in the order of each user's history.
        num_movies: M.
        window: maximum number of steps between the two movies.
        step_decay: factor per additional step, in (0, 1].
        first: the first j.
        last: the last j plus 1; None is M.
        places: int64, ascending, where ``movies`` is one of these j; None to look for them.
    """
    last = num_movies if last is None else last
    counts = np.zeros((last - first) * num_movies)
    if places is None:
        places = np.flatnonzero((first <= movies) & (movies < last))
    for step in range(1, window + 1):
        places = places[places < len(users) - step]
        places = places[users[places] == users[places + step]]  # drop histories that have ended
        pairs = (movies[places].astype(np.int64) - first) * num_movies + movies[places + step]
        np.add.at(counts, pairs, step_decay ** (step - 1))
    return counts.reshape(last - first, num_movies)


def ridge_weights(matrix: csr_array, l2: float) -> Doubles:
    """Return the weights B of EASE, float64 [M, M], with a zero diagonal.

    B = I - P diag(1 / diag(P)) with P = (X^T X + l2 I)^-1 (Steck, WWW 2019, eq. 8).

    Args:
        matrix: X, users by movies [U, M].
        l2: the ridge penalty lambda, greater than 0.
    """
    num_movies = matrix.shape[1]
    shared = SharedUsers(matrix)
    gram = np.empty((num_movies, num_movies))
    block = max(1, _GRAM_ENTRIES // max(1, num_movies))
    for first in range(0, num_movies, block):
        gram[first : first + block] = shared.rows(first, first + block).toarray()
    gram[np.diag_indices_from(gram)] += l2
    weights: Doubles = np.asarray(np.linalg.inv(gram), dtype=np.float64)
    weights /= -np.diag(weights)
    np.fill_diagonal(weights, 0.0)
    return weights


def cosines(
    matrix: csr_array, shrinkage: float, first: int = 0, last: int | None = None
) -> Doubles:
    """Return shrunk cosines of the columns, float64 [last - first, M], with a zero diagonal.

    Entry [j, m] is (users of both) / (sqrt(users of j * users of m) + shrinkage).

    Args:
        matrix: users by movies [U, M], with entries 0 or 1.
        shrinkage: number added to the denominator, greater than 0.
        first: the first j.
        last: the last j plus 1; None is M.
    """
    last = matrix.shape[1] if last is None else last
    return shrunk_cosines(SharedUsers(matrix), shrinkage, first, last)


def shrunk_cosines(shared: SharedUsers, shrinkage: float, first: int, last: int) -> Doubles:
    """Do what ``cosines`` does, for callers that ask for several blocks of rows."""
    found = shared.rows(first, last)
    size = np.sqrt(shared.sizes)
    rows = np.repeat(np.arange(first, last), np.diff(found.indptr))
    found.data /= size[rows] * size[found.indices] + shrinkage
    found.data[found.indices == rows] = 0.0
    return np.asarray(found.toarray(), dtype=np.float64)


def nearest(weights: npt.NDArray[np.floating], neighbours: int) -> csr_array:
    """Return the k greatest positive entries of each row; ties go to the lower column.

    Args:
        weights: [b, M].
        neighbours: k, at least 1.
    """
    rows, columns = np.nonzero(weights > 0)  # few, where there are many movies
    values = weights[rows, columns]
    starts = np.searchsorted(rows, np.arange(len(weights) + 1))
    kept = np.ones(len(rows), dtype=np.bool_)
    for row in np.flatnonzero(np.diff(starts) > neighbours):
        own = slice(starts[row], starts[row + 1])
        least = np.partition(values[own], -neighbours)[-neighbours]
        above, ties = values[own] > least, values[own] == least
        free = neighbours - np.count_nonzero(above)
        kept[own] = above | (ties & (np.cumsum(ties) <= free))
    return csr_array((values[kept], (rows[kept], columns[kept])), shape=weights.shape)
