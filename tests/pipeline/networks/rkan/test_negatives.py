import numpy as np
import pytest

from pipeline.networks.rkan.negatives import NegativeSampler
from tests.support.small_histories import histories


@pytest.fixture
def sampler():
    rows = [5, 3, 9], [3, 4, 6, 8, 11], [5], [11, 3, 4, 5, 6, 8, 9]
    return NegativeSampler(histories(*rows, first_user=100))


def test_negatives_are_distinct_and_never_of_the_users_history(sampler):
    for seed in range(50):
        drawn = sampler.sample(0, 3, np.random.default_rng(seed)).tolist()
        assert len(set(drawn)) == 3
        assert set(drawn) <= {4, 6, 8, 11}


def test_every_movie_that_is_left_is_equally_likely(sampler):
    rng = np.random.default_rng(0)
    counts = np.bincount([int(sampler.sample(0, 1, rng)[0]) for _ in range(4000)], minlength=12)
    assert set(np.flatnonzero(counts)) == {4, 6, 8, 11}
    chi_squared = ((counts[[4, 6, 8, 11]] - 1000) ** 2 / 1000).sum()
    assert chi_squared < 16.3  # 3 degrees of freedom, one in a thousand


def test_all_that_is_left_comes_when_more_is_asked_for(sampler):
    assert sorted(sampler.sample(1, 99, np.random.default_rng(0))) == [5, 9]


def test_a_user_who_watched_everything_has_no_negatives(sampler):
    assert sampler.sample(3, 4, np.random.default_rng(0)).tolist() == []


def test_random_histories_map_to_exactly_the_complement():
    rng = np.random.default_rng(1)
    for _ in range(100):
        rows = [rng.choice(20, rng.integers(1, 20), replace=False).tolist() for _ in range(3)]
        sampler = NegativeSampler(histories(*rows, first_user=100))
        everything = {movie for row in rows for movie in row}
        for place, row in enumerate(rows):
            drawn = sampler.sample(place, 99, rng).tolist()
            assert sorted(drawn) == sorted(everything - set(row))
