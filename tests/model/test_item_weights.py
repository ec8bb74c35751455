from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from model import item_weights
from model.item_weights import cosines, followers, nearest, ridge_weights
from tests.support.planted import of_histories

# three users, four movies; 3 comes last once, 2 never follows anything
ORDERED = of_histories([0, 1, 3], [2, 0, 1], [0], num_movies=4)
# movie 0: users 0 1 2; movie 1: users 0 1; movie 2: user 2; movie 3: nobody
SHARED = of_histories([0, 1], [1, 0], [0, 2], num_movies=4)


def count(window: int, **block: Any) -> list[list[float]]:
    counts = followers(ORDERED.users, ORDERED.movies, 4, window, 0.5, **block)
    return counts.tolist()


def test_followers_by_hand() -> None:
    assert count(2) == [[0, 2, 0, 0.5], [0, 0, 0, 1], [1, 0.5, 0, 0], [0, 0, 0, 0]]


def test_the_window_ends_the_count() -> None:
    assert count(1)[0] == [0, 2, 0, 0]


def test_a_window_longer_than_all_histories() -> None:
    assert count(50) == count(2)


def test_followers_in_blocks_of_rows() -> None:
    assert count(2, last=1) + count(2, first=1, last=3) + count(2, first=3) == count(2)


def test_followers_from_given_places() -> None:
    places = np.flatnonzero(ORDERED.movies == 1)
    assert count(2, first=1, last=2, places=places) == count(2, first=1, last=2)


def test_ridge_weights_solve_each_movies_regression_on_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(item_weights, "_GRAM_ENTRIES", 10)  # the Gram matrix in blocks of two rows
    generator = np.random.default_rng(1)
    matrix = (generator.random((9, 5)) < 0.5).astype(float)
    weights = ridge_weights(csr_array(matrix), l2=2.0)
    for movie in range(5):
        others = [other for other in range(5) if other != movie]
        gram = matrix[:, others].T @ matrix[:, others] + 2.0 * np.eye(4)
        expected = np.linalg.solve(gram, matrix[:, others].T @ matrix[:, movie])
        assert weights[others, movie] == pytest.approx(expected)
        assert weights[movie, movie] == 0


def test_cosines_by_hand() -> None:
    similarity = cosines(SHARED.matrix(), shrinkage=1.0)
    assert similarity[0, 1] == pytest.approx(2 / (6**0.5 + 1))
    assert similarity[0, 2] == pytest.approx(1 / (3**0.5 + 1))
    assert similarity[1, 2] == 0
    assert (similarity == similarity.T).all()
    assert not np.diag(similarity).any()
    assert not similarity[3].any()


def test_cosines_in_blocks_of_rows() -> None:
    matrix = SHARED.matrix()
    blocks = [cosines(matrix, 1.0, last=1), cosines(matrix, 1.0, first=1)]
    assert (np.concatenate(blocks) == cosines(matrix, 1.0)).all()


def test_equal_neighbours_are_taken_in_order() -> None:
    kept = nearest(np.array([[0, 2, 2, 2], [0, 0, 1, 0], [3, 4, 0, 5], [0, 0, 0, 0]], float), 2)
    assert kept.toarray().tolist() == [[0, 2, 2, 0], [0, 0, 1, 0], [0, 4, 0, 5], [0, 0, 0, 0]]


def test_negative_weights_are_no_neighbours() -> None:
    kept = nearest(np.array([[-1.0, 0.5, -2.0], [-1.0, -1.0, 0.0]]), 2)
    assert kept.toarray().tolist() == [[0, 0.5, 0], [0, 0, 0]]


@pytest.mark.parametrize("neighbours", [1, 3, 7, 20])
def test_the_nearest_are_those_of_a_full_sort(neighbours: int) -> None:
    weights = np.random.default_rng(2).integers(-3, 6, (15, 7)).astype(np.float32)
    expected = np.zeros_like(weights)
    for row, values in enumerate(weights):
        order = sorted(range(7), key=lambda column: (-values[column], column))[:neighbours]
        expected[row, order] = np.maximum(values[order], 0)
    assert (nearest(weights, neighbours).toarray() == expected).all()
