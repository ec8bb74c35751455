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


def followers(
    users: Integers,
    movies: Integers,
    num_movies: int,
    window: int,
    step_decay: float,
    first: int = 0,
    last: int | None = None,
) -> Doubles:
    """Count how often movie m comes soon after movie j in a history, float64 [last - first, M].

    Entry [j, m] is the sum of step_decay ** (k - 1) over the users in whose history m comes k steps
    after j, 1 <= k <= window.

    Args:
        users: int64 [I], the user of each interaction; those of a user are contiguous.
        movies: int64 [I], the movie of each interaction, in the order of each user's history.
        num_movies: M.
        window: maximum number of steps between the two movies.
        step_decay: factor per additional step, in (0, 1].
        first: the first j.
        last: the last j plus 1; None is M.
    """
    last = num_movies if last is None else last
    counts = np.zeros((last - first) * num_movies)
    places = np.flatnonzero((first <= movies) & (movies < last))
    for step in range(1, window + 1):
        places = places[places < len(users) - step]
        places = places[users[places] == users[places + step]]  # drop histories that have ended
        pairs = (movies[places] - first) * num_movies + movies[places + step]
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
    gram = np.empty((num_movies, num_movies))
    block = max(1, _GRAM_ENTRIES // max(1, num_movies))
    for first in range(0, num_movies, block):
        gram[first : first + block] = shared_users(matrix, first, first + block)
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
    shared = shared_users(matrix, first, last)
    size = np.sqrt(np.asarray(matrix.sum(axis=0)))
    shared /= np.outer(size[first:last], size) + shrinkage
    rows = np.arange(len(shared))
    shared[rows, rows + first] = 0.0
    return shared


def shared_users(matrix: csr_array, first: int, last: int) -> Doubles:
    """Return rows first..last-1 of X^T X, float64 [b, M], for X = matrix [U, M]."""
    product = matrix[:, first:last].T.tocsr() @ matrix
    return np.asarray(product.toarray(), dtype=np.float64)


def nearest(weights: npt.NDArray[np.floating], neighbours: int) -> csr_array:
    """Return the k greatest positive entries of each row; ties go to the lower column.

    Args:
        weights: [b, M].
        neighbours: k, at least 1.
    """
    kept = weights > 0
    if neighbours < weights.shape[1]:
        # The k-th greatest of each row. Negating the weights makes np.partition far faster on rows
        # that are mostly zero.
        least = -np.partition(-weights, neighbours - 1, axis=1)[:, [neighbours - 1]]
        above, ties = weights > least, weights == least
        free = neighbours - above.sum(axis=1, keepdims=True)
        kept &= above | (ties & (np.cumsum(ties, axis=1, dtype=np.int32) <= free))
    rows, columns = np.nonzero(kept)
    return csr_array((weights[rows, columns], (rows, columns)), shape=weights.shape)
