"""Bootstrap intervals: against scipy's, and however much is drawn at once."""

import numpy as np
import pytest
from scipy import stats

from pipeline.evaluation import bootstrap
from pipeline.evaluation.bootstrap import bootstrap_interval, measured


def test_the_interval_agrees_with_scipys():
    values = np.random.default_rng(5).exponential(size=(60, 1))
    theirs = stats.bootstrap((values[:, 0],), np.mean, method="percentile", rng=1)
    low, high = bootstrap_interval(values, resamples=9999)
    width = float(theirs.confidence_interval.high - theirs.confidence_interval.low)
    assert low[0] == pytest.approx(theirs.confidence_interval.low, abs=width / 20)
    assert high[0] == pytest.approx(theirs.confidence_interval.high, abs=width / 20)


def test_how_much_is_drawn_at_once_changes_nothing(monkeypatch):
    values = np.random.default_rng(5).random((7, 3))
    at_once = bootstrap_interval(values, resamples=50)
    monkeypatch.setattr(bootstrap, "_DRAWS_AT_ONCE", 20)
    assert np.array_equal(bootstrap_interval(values, resamples=50), at_once)
    assert not np.array_equal(bootstrap_interval(values, resamples=50, seed=1), at_once)


def test_every_column_gets_its_mean_and_an_interval_around_it():
    first, second = measured(np.array([[0.0, 5.0], [1.0, 5.0]]))
    assert (first.mean, first.users) == (0.5, 2)
    assert (first.low, first.high) == (0, 1)
    assert (second.mean, second.low, second.high) == (5, 5, 5)
