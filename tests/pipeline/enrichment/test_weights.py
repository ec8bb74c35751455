from functools import partial

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.enrichment import rated
from pipeline.enrichment import weights as module
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.weights import Weights, similar, watched_next
from pipeline.errors import ConfigError
from tests.support import small_histories

A, B, C, D = 10, 11, 12, 13
BY_HAND = EnrichConfig(
    steps=2, step_decay=0.5, watched_next_shrinkage=1.0, ease_l2=1.0, cosine_shrinkage=1.0
)
histories = partial(small_histories.histories, first_user=100)


def pairs(weights: Weights) -> dict[tuple[int, int], float]:
    columns = (weights.source.tolist(), weights.target.tolist(), weights.weight.tolist())
    return {(source, target): weight for source, target, weight in zip(*columns, strict=True)}


def test_watched_next_by_hand():
    counted = watched_next(histories([A, B, D], [C, A, B], [A]), BY_HAND)
    assert pairs(counted) == pytest.approx(
        {  # watchers + 1: A four, B three, C two
            (A, B): 2 / 4,
            (A, D): 0.5 / 4,
            (B, D): 1 / 3,
            (C, A): 1 / 2,
            (C, B): 0.5 / 2,
        }
    )


def test_ease_by_hand():
    # X^T X + I is [[3, 1], [1, 2]] for A and B, its inverse [[2, -1], [-1, 3]] / 5;
    # and [[2, 1], [1, 2]] for C and D, its inverse [[2, -1], [-1, 2]] / 3
    weights = pairs(similar(histories([B, A], [A], [C, D]), BY_HAND))
    expected = {(A, B): 1 / 3, (B, A): 1 / 2, (C, D): 1 / 2, (D, C): 1 / 2}
    assert weights == pytest.approx(expected)


def test_a_weight_of_ease_that_is_zero_but_for_rounding_is_left_out():
    rows = [[3, 5, 8, 13], [3, 5, 6, 8, 21], [3, 5, 6, 8, 13, 21]]
    weights = similar(histories(*rows), EnrichConfig(ease_l2=3.0))
    assert weights.weight.min() > 1e-3


def test_cosine_by_hand():
    config = EnrichConfig(similar="cosine", cosine_shrinkage=1.0)
    near = 1 / (2**0.5 + 1)
    weights = pairs(similar(histories([B, A], [A], [C, D]), config))
    expected = {(A, B): near, (B, A): near, (C, D): 1 / 2, (D, C): 1 / 2}
    assert weights == pytest.approx(expected)


def test_the_greatest_are_kept_and_equal_ones_by_entity():
    one_after_another = histories([A, D], [A, C], [A, B], [A, C])
    config = EnrichConfig(neighbours=2)
    kept = watched_next(one_after_another, config)
    assert kept.source.tolist() == [A, A]
    assert kept.target.tolist() == [C, B]
    assert kept.weight.tolist() == pytest.approx([2 / 9, 1 / 9])


def test_movies_that_nobody_follows_or_shares_have_none():
    for config in (BY_HAND, EnrichConfig(similar="cosine")):
        assert len(watched_next(histories([A], [B], []), config)) == 0
        assert len(similar(histories([A], [B], []), config)) == 0
        assert len(similar(histories([], []), config)) == 0


def test_ease_of_too_many_movies_is_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr(module, "EASE_MOVIES", 2)
    assert similar(histories([A, B]), BY_HAND)
    with pytest.raises(ConfigError, match=r"3 here and at most 2; use 'cosine'.*--similar cosine"):
        similar(histories([A, B, C]), BY_HAND)
    assert similar(histories([A, B, C]), EnrichConfig(similar="cosine"))


def test_by_source_goes_from_the_greatest_weight_down():
    weights = watched_next(histories([A, B, D], [C, A, B], [A]), BY_HAND)
    assert [(source, targets) for source, targets, _ in weights.by_source()] == [
        (A, [B, D]),
        (B, [D]),
        (C, [A, B]),
    ]
    assert all(list(values) == sorted(values)[::-1] for _, _, values in weights.by_source())


@pytest.mark.parametrize("method", ["ease", "cosine"])
@pytest.mark.parametrize("users", [[[A]], [[A], [B]], [[A], [A]], [[A], [], [B]], [[], []], []])
def test_histories_of_one_movie_give_no_weights(users, method):
    config = BY_HAND.changed({"similar": method})
    for weights in (watched_next(histories(*users), config), similar(histories(*users), config)):
        assert len(weights) == 0
        assert list(weights.by_source()) == []


some_histories = st.lists(
    st.lists(st.sampled_from([3, 5, 6, 8, 13, 21]), unique=True, max_size=6), min_size=1, max_size=6
)


@given(some_histories, st.integers(1, 6), st.integers(1, 4), st.sampled_from([1, 7, 2**24]))
@example([[3, 5, 8, 13], [3, 5, 6, 8, 21], [3, 5, 6, 8, 13, 21]], 4, 1, 1)
@settings(max_examples=80, deadline=None)
def test_all_weights_are_those_of_brute_force(rows, neighbours, steps, entries):
    config = EnrichConfig(
        neighbours=neighbours,
        steps=steps,
        step_decay=0.8,
        watched_next_shrinkage=2.0,
        ease_l2=3.0,
        cosine_shrinkage=1.5,
    )
    movies = sorted({movie for row in rows for movie in row})
    watchers = {movie: {u for u, row in enumerate(rows) if movie in row} for movie in movies}
    followed, cosine = {}, {}
    for j in movies:
        for m in movies:
            gaps = [row.index(m) - row.index(j) for row in rows if j in row and m in row]
            counted = sum(0.8 ** (gap - 1) for gap in gaps if 1 <= gap <= steps)
            followed[j, m] = counted / (len(watchers[j]) + 2)
            norms = (len(watchers[j]) * len(watchers[m])) ** 0.5
            cosine[j, m] = len(watchers[j] & watchers[m]) / (norms + 1.5)
    ease = regressions(movies, watchers, len(rows), 3.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rated, "_BLOCK_ENTRIES", entries)
        given_histories = histories(*rows)
        assert_greatest(pairs(watched_next(given_histories, config)), followed, config)
        assert_greatest(pairs(similar(given_histories, config)), ease, config)
        by_cosine = EnrichConfig(neighbours=neighbours, similar="cosine", cosine_shrinkage=1.5)
        assert_greatest(pairs(similar(given_histories, by_cosine)), cosine, by_cosine)


def regressions(movies, watchers, num_users, l2):
    """EASE as what it solves: each movie's ridge regression on all others."""
    matrix = np.array([[float(user in watchers[m]) for m in movies] for user in range(num_users)])
    weights = {}
    for target in range(len(movies)):
        others = [place for place in range(len(movies)) if place != target]
        x, y = matrix[:, others], matrix[:, target]
        solved = np.linalg.solve(x.T @ x + l2 * np.eye(len(others)), x.T @ y)
        for place, value in zip(others, solved.tolist(), strict=True):
            weights[movies[place], movies[target]] = value
    return weights


def assert_greatest(found, expected, config):
    """The kept weights are right, and no left-out one of their source is greater than the least."""
    for pair, weight in found.items():
        assert pair[0] != pair[1]
        assert weight == pytest.approx(expected[pair], rel=1e-5)
    for source in {j for j, _ in expected}:
        every = [w for (j, m), w in expected.items() if j == source and m != j and w > 1e-9]
        kept = sorted((w for (j, _), w in found.items() if j == source), reverse=True)
        assert kept == pytest.approx(sorted(every, reverse=True)[: config.neighbours], rel=1e-5)
