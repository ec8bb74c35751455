from typing import Any

import numpy as np
import pytest

from model.baselines.base import Baseline
from model.baselines.ease import EASE, EASEConfig, RecentEASE, RecentEASEConfig
from tests.support.planted import hit_rate, of_histories, planted, with_strangers


def test_two_movies_by_hand() -> None:
    # X^T X + I = [[3, 1], [1, 2]], its inverse [[2, -1], [-1, 3]] / 5: B = [[0, 1/3], [1/2, 0]]
    ease = EASE(EASEConfig(l2=1.0))
    ease.fit(of_histories([0, 1], [0], num_movies=2))
    assert ease.score(np.array([1, 0])) == pytest.approx(np.array([[0, 1 / 3], [1 / 2, 1 / 3]]))


def test_recency_weighs_a_step_back_by_the_decay() -> None:
    training = of_histories([0, 1], [0], num_movies=2)
    recent = RecentEASE(RecentEASEConfig(l2=1.0, decay=0.6))
    recent.fit(training)
    assert recent.score(np.array([0])) == pytest.approx(np.array([[1 / 2, 0.6 / 3]]))


def test_recency_without_decay_is_plain_ease() -> None:
    training, _ = planted()
    plain, recent = EASE(EASEConfig(l2=100.0)), RecentEASE(RecentEASEConfig(l2=100.0, decay=1.0))
    plain.fit(training)
    recent.fit(training)
    users = np.arange(training.num_users)
    assert (plain.score(users) == recent.score(users)).all()


@pytest.mark.parametrize("ease", [EASE(EASEConfig()), RecentEASE(RecentEASEConfig())])
def test_finds_the_groups(ease: Baseline[Any]) -> None:
    training, _ = planted()
    ease.fit(training)
    assert hit_rate(ease, training) > 0.95


@pytest.mark.parametrize("ease", [EASE(EASEConfig()), RecentEASE(RecentEASEConfig())])
def test_strangers_get_zero(ease: Baseline[Any]) -> None:
    training = with_strangers(planted()[0])
    ease.fit(training)
    scores = ease.score(np.arange(training.num_users))
    assert np.isfinite(scores).all()
    assert not scores[-1].any()
    assert not scores[:, -1].any()
