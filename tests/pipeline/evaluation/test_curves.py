"""Curves of deletion and sufficiency, by hand and against all draws."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.curves import NUMBERS, Curves, carried
from tests.support.stored import ACTOR, GENRE, NEXT, SIMILAR, USERS, stored

WEIGHTS = st.lists(st.floats(0.01, 5), min_size=1, max_size=6)


def test_shares_by_hand():
    strongest, drawn = carried([1, 3, 2], 10)
    assert NUMBERS == (1, 2, 3, 5, 10)
    assert strongest == pytest.approx([0.3, 0.5, 0.6, 0.6, 0.6])
    assert drawn == pytest.approx([0.2, 0.4, 0.6, 0.6, 0.6])


@given(WEIGHTS)
def test_the_share_of_random_paths_is_the_mean_over_all_draws(weights):
    total = sum(weights) + 1
    strongest, drawn = carried(weights, total)
    assert (strongest >= drawn - 1e-12).all()
    assert (np.diff(strongest) >= -1e-12).all()
    for place, number in enumerate(NUMBERS):
        draws = combinations(weights, min(number, len(weights)))
        assert drawn[place] == pytest.approx(np.mean([sum(draw) for draw in draws]) / total)


def test_points_are_means_over_users():
    curves = Curves()
    curves.add(stored(NEXT, GENRE, from_paths=5.0))  # 0.6 and 0.4, at random
    curves.add(stored(SIMILAR, GENRE, from_paths=4.0))  # 0.5 and 0.375
    curves.add(stored(ACTOR, USERS, user=7, from_paths=1.5))  # 2 / 3 and 0.5
    point, second, *_ = curves.points()
    assert point.only_strongest == pytest.approx((0.55 + 2 / 3) / 2)
    assert point.only_random == pytest.approx((0.3875 + 0.5) / 2)
    assert point.without_strongest == pytest.approx(1 - point.only_strongest)
    assert point.without_random == pytest.approx(1 - point.only_random)
    assert point.difference.mean == pytest.approx(point.only_strongest - point.only_random)
    assert point.difference.low == pytest.approx(0.1625)
    assert point.difference.high == pytest.approx(2 / 3 - 0.5)
    assert point.difference.users == 2
    assert second.difference.mean == 0  # both paths in either case


def test_recommendations_without_a_choice_or_a_ledger_are_left_out():
    curves = Curves()
    curves.add(stored(NEXT, from_paths=5.0))
    curves.add(stored(NEXT, GENRE))
    curves.add(stored(NEXT, GENRE, from_paths=0.0))
    assert curves.points() == []
