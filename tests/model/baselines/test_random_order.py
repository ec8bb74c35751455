import numpy as np
import pytest

from model.baselines.random_order import Random, RandomConfig
from tests.support.planted import RANDOM_LEVEL, hit_rate, planted, with_strangers


def fitted(seed: int = 0) -> Random:
    random = Random(RandomConfig(), seed)
    random.fit(with_strangers(planted()[0]))
    return random


def test_a_users_scores_do_not_depend_on_who_else_is_asked_for() -> None:
    random = fitted()
    together = random.score(np.array([3, 0, 40]))
    assert (together[0] == random.score(np.array([3]))[0]).all()
    assert (together[2] == random.score(np.array([40, 1]))[0]).all()
    assert not (together[0] == together[1]).any()


def test_the_seed_decides() -> None:
    users = np.arange(41)
    assert (fitted(1).score(users) == fitted(1).score(users)).all()
    assert not (fitted(1).score(users) == fitted(2).score(users)).any()


def test_hits_as_often_as_chance() -> None:
    training, _ = planted()
    rates = [hit_rate(fitted(seed), training) for seed in range(20)]
    assert np.mean(rates) == pytest.approx(RANDOM_LEVEL, abs=0.03)
