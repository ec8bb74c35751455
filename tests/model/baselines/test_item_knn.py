import numpy as np
import pytest

from model.baselines.item_knn import ItemKNN, ItemKNNConfig
from tests.support.planted import hit_rate, of_histories, planted, with_strangers

# movie 0: users 0 1 2; movie 1: users 0 1; movie 2: user 2; movie 3: none
THREE = of_histories([0, 1], [1, 0], [0, 2], num_movies=4)


def test_each_movie_votes_for_its_nearest_only() -> None:
    knn = ItemKNN(ItemKNNConfig(neighbours=1, shrinkage=1.0))
    knn.fit(THREE)
    near, far = 2 / (6**0.5 + 1), 1 / (3**0.5 + 1)
    assert knn.score(np.array([2, 0])) == pytest.approx(
        np.array([[far, near, 0, 0], [near, near, 0, 0]])
    )


def test_more_neighbours_than_movies() -> None:
    knn = ItemKNN(ItemKNNConfig(neighbours=1000))
    knn.fit(THREE)
    assert knn.score(np.array([0])).shape == (1, 4)


def test_finds_the_groups() -> None:
    training, _ = planted()
    knn = ItemKNN(ItemKNNConfig())
    knn.fit(training)
    assert hit_rate(knn, training) > 0.95


def test_strangers_get_zero() -> None:
    training = with_strangers(planted()[0])
    knn = ItemKNN(ItemKNNConfig())
    knn.fit(training)
    scores = knn.score(np.arange(training.num_users))
    assert np.isfinite(scores).all()
    assert not scores[-1].any()
    assert not scores[:, -1].any()
