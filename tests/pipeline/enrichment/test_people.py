"""The number of people behind a weight, against counting in plain Python."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.enrichment import rated
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.people import similar_people, watched_next_people
from pipeline.enrichment.weights import Weights, similar, watched_next
from tests.support.small_histories import histories

A, B, C, D = 10, 11, 12, 13
CONFIG = EnrichConfig(steps=2, step_decay=0.5, similar="cosine")


def pairs(weights: Weights) -> list[tuple[int, int]]:
    return list(zip(weights.source.tolist(), weights.target.tolist(), strict=True))


def counted(weights, people):
    """(source, target) -> number of people."""
    assert people.dtype == np.int32
    return dict(zip(pairs(weights), people.tolist(), strict=True))


def test_by_hand():
    watched = histories([A, B, D], [C, A, B], [A, C, D, B], [])
    following, alike = watched_next(watched, CONFIG), similar(watched, CONFIG)
    assert counted(following, watched_next_people(watched, following, CONFIG)) == {
        (A, B): 2,  # not by the third user, three steps later
        (A, C): 1,
        (A, D): 2,
        (B, D): 1,
        (C, A): 1,
        (C, B): 2,
        (C, D): 1,
        (D, B): 1,
    }
    both = counted(alike, similar_people(watched, alike))
    assert {ends: both[ends] for ends in ((A, B), (A, C), (A, D), (C, D))} == {
        (A, B): 3,
        (A, C): 2,
        (A, D): 2,
        (C, D): 1,
    }
    assert all(both[j, m] == both[m, j] for j, m in both)


def test_no_weights_have_no_people():
    for watched in (histories([A], [B], []), histories([], [])):
        following, alike = watched_next(watched, CONFIG), similar(watched, CONFIG)
        assert watched_next_people(watched, following, CONFIG).shape == (0,)
        assert similar_people(watched, alike).shape == (0,)


some_histories = st.lists(
    st.lists(st.sampled_from([3, 5, 6, 8, 13, 21]), unique=True, max_size=6), min_size=1, max_size=6
)


@given(
    rows=some_histories,
    neighbours=st.integers(1, 6),
    steps=st.integers(1, 4),
    method=st.sampled_from(["ease", "cosine"]),
    entries=st.sampled_from([1, 7, 2**24]),
)
@settings(max_examples=80)
def test_all_numbers_are_those_of_brute_force(rows, neighbours, steps, method, entries):
    config = EnrichConfig(neighbours=neighbours, steps=steps, similar=method, ease_l2=3.0)
    watched = histories(*rows, first_user=100)
    following, alike = watched_next(watched, config), similar(watched, config)

    def count(weights: Weights, by: Callable[[int], bool]) -> dict[tuple[int, int], int]:
        return {
            (j, m): sum(j in row and m in row and by(row.index(m) - row.index(j)) for row in rows)
            for j, m in pairs(weights)
        }

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rated, "_BLOCK_ENTRIES", entries)
        soon = counted(following, watched_next_people(watched, following, config))
        both = counted(alike, similar_people(watched, alike))
    assert soon == count(following, lambda gap: 1 <= gap <= steps)
    assert both == count(alike, lambda gap: True)
    assert all(number >= 1 for number in soon.values())
