"""The agreement of two runs, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import GraphContentError
from pipeline.evaluation.stability import Reasons, jaccard
from tests.support.narrowing import present
from tests.support.stored import ACTOR, GENRE, NEXT, SIMILAR, USERS, stored


def reasons(*recommendations):
    found = Reasons()
    for each in recommendations:
        found.add(each)
    return found


def test_lists_first_kinds_and_paths_by_hand():
    one = reasons(
        stored(NEXT, SIMILAR, GENRE),
        stored(ACTOR, rank=2),
        stored(movie=9, rank=3),
        stored(movie=8, user=7),
    )
    two = reasons(
        stored(NEXT, GENRE),
        stored(USERS, rank=2),
        stored(movie=6, rank=3),
        stored(movie=5, user=7),
        stored(movie=5, user=11),
    )
    found = one.compared(two, "other")
    assert found.against == "other"
    assert found.lists.mean == pytest.approx((2 / 4 + 0) / 2)
    assert found.lists.users == 2
    assert found.common == 2
    assert present(found.first_kind).mean == 0.5
    assert present(found.paths).mean == pytest.approx((2 / 3 + 0) / 2)
    assert present(found.paths).users == 1


def test_a_run_agrees_with_itself():
    one = reasons(stored(NEXT, GENRE), stored(ACTOR, USERS, rank=2))
    found = one.compared(one, "same")
    measures = (found.lists, present(found.first_kind), present(found.paths))
    assert {(each.mean, each.low, each.high) for each in measures} == {(1, 1, 1)}


def test_only_the_top_10_count_and_only_recommendations_with_paths():
    one = reasons(stored(movie=4), stored(NEXT, rank=11))
    found = one.compared(reasons(stored(movie=4), stored(NEXT, rank=2)), "other")
    assert found.lists.mean == 0.5
    assert (found.common, found.first_kind, found.paths) == (0, None, None)


def test_runs_for_different_users_are_refused():
    with pytest.raises(GraphContentError, match="none of these users"):
        reasons(stored(NEXT)).compared(reasons(stored(NEXT, user=7)), "other")


@given(st.sets(st.integers(0, 5)), st.sets(st.integers(0, 5)))
def test_the_jaccard_index_is_symmetric_and_1_only_for_equal_sets(one, two):
    value = jaccard(one, two)
    assert value == jaccard(two, one)
    assert 0 <= value <= 1
    assert (value == 1) == (one == two)
