"""Novelty, diversity, coverage and explanations: counted by hand, and against plain loops."""

from itertools import combinations
from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.content.catalogue import Catalogue
from pipeline.evaluation.beyond import (
    background,
    beyond_metrics,
    coverage,
    diversity,
    explained,
    novelty,
)
from tests.support.small_histories import histories

# Movies 2 to 5 with attributes 6, 7, 8; users are 0 and 1. Movie 5 has none.
SETS = {2: {6, 7}, 3: {6}, 4: {8}, 5: set()}


def catalogue(sets=SETS, entities=9):
    edges = [(movie, attribute) for movie in sorted(sets) for attribute in sorted(sets[movie])]
    return Catalogue(
        kinds=["User"] * 2 + ["Movie"] * 4 + ["Genre"] * (entities - 6),
        keys=list(range(entities)),
        names=[""] * entities,
        edges=np.array(edges, dtype=np.int64).reshape(-1, 2),
        relations=["IN_GENRE"] * len(edges),
    )


def test_novelty_is_the_mean_information_of_the_movies():
    popularity = np.array([4, 2, 1])
    top = np.array([[0, 1], [1, 2], [2, -1], [-1, -1]])
    assert novelty(top, popularity, 4).tolist() == [0.5, 1.5, 2, 0]


def test_a_movie_without_ratings_is_as_new_as_one_with_a_single_one():
    assert novelty(np.array([[0], [1]]), np.array([0, 1]), 8).tolist() == [3, 3]


def test_novelty_looks_at_ten_places():
    top = np.array([[0] * 10 + [1, 1]])
    assert novelty(top, np.array([1, 8]), 8).tolist() == [3]


def test_diversity_is_the_mean_share_of_attributes_not_in_common():
    against = background(histories([2], [3]), catalogue())
    top = np.array([[2, 3, 4], [2, 3, -1], [4, -1, -1], [4, 5, -1]])
    # Jaccard: 2 and 3 share one of two; no other pair shares any.
    wanted = [(0.5 + 1 + 1) / 3, 0.5, 0, 1]
    assert diversity(top, against.starts, against.attributes) == pytest.approx(wanted)


def test_a_list_of_no_movies_at_all_is_not_diverse():
    against = background(histories([2], [3]), catalogue())
    empty = np.full((2, 10), -1)
    assert diversity(empty, against.starts, against.attributes).tolist() == [0, 0]


def test_an_attribute_tied_to_a_movie_twice_counts_once():
    twice = catalogue()
    edges = np.concatenate([twice.edges, twice.edges[:1]])
    doubled = Catalogue(twice.kinds, twice.keys, twice.names, edges, ["DIRECTED"] * len(edges))
    against = background(histories([2]), doubled)
    assert against.attributes.tolist() == [6, 7, 6, 8]
    top = np.array([[2, 3]])
    assert diversity(top, against.starts, against.attributes).tolist() == [0.5]


def test_coverage_is_the_share_of_candidates_that_anyone_is_shown():
    assert coverage(np.array([[2, 3], [3, -1]]), 4) == 0.5
    assert coverage(np.array([[0] * 10 + [1]]), 4) == 0.25  # the eleventh place is not shown


def test_the_explained_share_is_of_the_lists_own_length():
    assert explained(np.array([2, 0, 0]), np.array([4, 1, 0])).tolist() == [0.5, 0, 0]


def test_all_of_them_against_the_training_part():
    against = background(histories([2, 3], [3], []), catalogue())
    assert (against.users, against.candidates) == (2, 2)
    found = beyond_metrics(np.array([[2, 3], [4, 2]]), against)
    assert {name: values.tolist() for name, values in found.items()} == {
        "novelty@10": [0.5, 1.0],
        "diversity@10": [0.5, 1.0],
        "coverage@10": [1.5, 1.5],  # movie 4 is no candidate; a list should not hold it
    }


places = st.lists(st.permutations(range(2, 6)).map(lambda order: order[:3]), min_size=1, max_size=5)


@given(
    places,
    st.lists(st.sets(st.integers(6, 12)), min_size=4, max_size=4),
    st.lists(st.integers(1, 9), min_size=4, max_size=4),
)
def test_novelty_and_diversity_agree_with_plain_loops(lists, sets, ratings):
    sets = dict(zip(range(2, 6), sets, strict=True))
    counts = dict(zip(range(2, 6), ratings, strict=True))
    trained = histories(*([m for m in counts if counts[m] > user] for user in range(9)))
    against = background(trained, catalogue(sets, entities=13))
    found = beyond_metrics(np.array(lists), against)
    people = max(ratings)
    for user, shown in enumerate(lists):
        bits = sum(-log2(counts[movie] / people) for movie in shown) / 3
        assert found["novelty@10"][user] == pytest.approx(bits)
        far = 0.0
        for one, other in combinations(shown, 2):
            either = sets[one] | sets[other]
            far += 1 - len(sets[one] & sets[other]) / len(either) if either else 1
        assert found["diversity@10"][user] == pytest.approx(far / 3)
    assert found["coverage@10"][0] == len({m for shown in lists for m in shown}) / 4
