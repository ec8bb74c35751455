import numpy as np
import pytest

from model.baselines.negatives import Negatives
from tests.support.planted import of_histories, planted

# movies 4 and 7 have no users
TRAINING = of_histories([5, 0, 2], [], [0, 1, 2, 3, 5, 6], [3], num_movies=8)


def test_every_movie_that_only_others_watched_is_equally_likely() -> None:
    users = np.zeros(3000, np.int64)
    drawn = Negatives(TRAINING).draw(users, 2, np.random.default_rng(1))
    assert drawn.shape == (3000, 2)
    movies, counts = np.unique(drawn, return_counts=True)
    assert movies.tolist() == [1, 3, 6]
    assert counts == pytest.approx(np.full(3, 2000), abs=150)


def test_each_user_gets_own_negatives() -> None:
    users = np.array([1, 3, 0] * 200)
    drawn = Negatives(TRAINING).draw(users, 3, np.random.default_rng(1)).reshape(200, 3, 3)
    assert set(drawn[:, 0].ravel()) == {0, 1, 2, 3, 5, 6}
    assert set(drawn[:, 1].ravel()) == {0, 1, 2, 5, 6}
    assert set(drawn[:, 2].ravel()) == {1, 3, 6}


def test_who_watched_everything_gets_any_movie() -> None:
    drawn = Negatives(TRAINING).draw(np.full(200, 2), 1, np.random.default_rng(1))
    assert set(drawn.ravel()) == {0, 1, 2, 3, 5, 6}


def test_an_epochs_batches_hold_each_interaction_once_and_new_negatives() -> None:
    training, _ = planted()
    watched = training.matrix().toarray() > 0
    generator = np.random.default_rng(1)
    epochs = []
    for _ in range(2):
        batches = list(Negatives(training).batches(training, 50, 3, generator))
        assert {len(batch[0]) for batch in batches[:-1]} == {50}
        users, movies, negatives = (np.concatenate(column) for column in zip(*batches, strict=True))
        assert sorted(zip(users, movies, strict=True)) == sorted(
            zip(training.users, training.movies, strict=True)
        )
        assert negatives.shape == (len(users), 3)
        assert not watched[users[:, None], negatives].any()
        epochs.append(negatives)
    assert (epochs[0] != epochs[1]).any()
