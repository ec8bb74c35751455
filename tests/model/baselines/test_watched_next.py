import numpy as np
import pytest

from model.baselines.watched_next import WatchedNext, WatchedNextConfig
from tests.support.planted import hit_rate, of_histories, planted, with_strangers

# three users, four movies
THREE = of_histories([0, 1, 3], [2, 0, 1], [0], num_movies=4)


def test_scores_by_hand() -> None:
    config = WatchedNextConfig(decay=0.8, step_decay=0.5, window=2, damping=1.0)
    watched_next = WatchedNext(config)
    watched_next.fit(THREE)
    # users per movie: 3, 2, 1, 1; ages of movies 2, 0, 1 in user 1's history: 2, 1, 0
    expected = [
        0.64 * 1 / 2,
        0.64 * 0.5 / 2 + 0.8 * 2 / 4,
        0,
        0.8 * 0.5 / 4 + 1 / 3,
    ]
    assert watched_next.score(np.array([1]))[0] == pytest.approx(expected)


def test_finds_the_groups() -> None:
    training, _ = planted()
    watched_next = WatchedNext(WatchedNextConfig())
    watched_next.fit(training)
    assert hit_rate(watched_next, training, k=1) > 0.95


def test_strangers_get_zero() -> None:
    training = with_strangers(planted()[0])
    watched_next = WatchedNext(WatchedNextConfig())
    watched_next.fit(training)
    scores = watched_next.score(np.arange(training.num_users))
    assert np.isfinite(scores).all()
    assert not scores[-1].any()
    assert not scores[:, -1].any()
