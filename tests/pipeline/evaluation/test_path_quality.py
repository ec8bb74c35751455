"""The path metrics: by hand, and against pandas' weighted average."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.path_quality import (
    NAMES,
    FirstPaths,
    concentration,
    degrees,
    different,
    exponential_average,
    list_quality,
    popularity,
    recency,
)
from pipeline.evaluation.stored_paths import Relations
from tests.support.stored import ACTOR, GENRE, NEXT, SIMILAR, USERS, catalogue, histories, stored

ASCENDING = st.lists(st.integers(0, 1000), min_size=2, max_size=40).map(sorted)
TYPES = st.lists(st.sampled_from("abc"), min_size=1, max_size=12)


def test_the_average_of_three_values_by_hand():
    # beta = 2 / 4: 0, 1 / 1.5 and (2 + 0.5) / 1.75
    average = exponential_average(np.array([10.0, 11.0, 12.0]))
    assert average == pytest.approx([0, (1 / 1.5) / (2.5 / 1.75), 1])
    assert exponential_average(np.array([7.0, 7.0, 7.0])) == pytest.approx(average)
    assert exponential_average(np.array([7.0])).tolist() == [0]


@given(ASCENDING.filter(lambda values: values[0] < values[-1]))
def test_the_average_is_that_of_pandas(values):
    theirs = pd.Series(values, dtype=float).ewm(span=len(values)).mean()
    scaled = (theirs - theirs.min()) / (theirs.max() - theirs.min())
    ours = exponential_average(np.array(values, dtype=np.float64) + 1e9)
    assert ours == pytest.approx(scaled.to_numpy(), abs=1e-6)
    assert (np.diff(ours) >= -1e-9).all()


def test_a_movie_is_as_recent_as_the_average_of_its_time():
    times = np.array([10.0, 0.0, 12.0])  # the second is unknown
    average = exponential_average(np.array([10.0, 10.0, 12.0]))
    assert recency(np.array([4, 9, 2]), times) == dict(zip([4, 9, 2], average, strict=True))


def test_entities_of_one_label_and_degree_are_equally_popular():
    kinds = ["Person", "Genre", "Person", "Person"]
    found = popularity(kinds, np.array([2, 9, 1, 2]))
    # Averages of 1, 2 and 2 less 1: 0, 1 / 1.5 and 1.5 / 1.75
    assert found == pytest.approx([(7 / 9 + 1) / 2, 0, 0, (7 / 9 + 1) / 2])


def test_degrees_count_ratings_and_attributes():
    assert degrees(catalogue(), histories()).tolist() == [2, 2, 3, 2, 2, 3, 2, 2]


def test_the_metrics_of_a_list_by_hand():
    popular = np.arange(8) / 10
    found = list_quality(
        [NEXT, SIMILAR, GENRE, ACTOR, USERS], {1: 0.25, 2: 1.0}, popular, Relations(catalogue())
    )
    assert dict(zip(NAMES, found, strict=True)) == pytest.approx(
        {
            "LIR": (0.25 + 1 + 1 + 0.25 + 1) / 5,
            "SEP": (0.1 + 0.2 + 0.6 + 0.5 + 0.7) / 5,
            "LID": 2 / 5,
            "SED": 1,
            "PTD": 1,
            "PTC": 1,
            "PPT": 1,
        }
    )


def test_a_repeated_reason_lowers_all_diversities():
    found = list_quality([NEXT, NEXT, NEXT, GENRE], {}, np.zeros(8), Relations(catalogue()))
    assert found == pytest.approx((0, 0, 0.5, 0.5, 0.5, 1 - 6 / 12, 0.5))


def test_types_are_compared_with_those_that_are_possible():
    assert different("aabb") == 0.5
    assert different("aabb", 2) == 1
    assert different("abc", 2) == 1  # at most


@given(TYPES)
def test_concentration_is_the_share_of_pairs_that_differ(types):
    pairs = [(a, b) for i, a in enumerate(types) for j, b in enumerate(types) if i != j]
    expected = np.mean([a != b for a, b in pairs]) if pairs else 0
    assert concentration(types) == pytest.approx(expected)


def test_patterns_are_the_types_of_all_relationships():
    relations = Relations(catalogue())
    assert relations.of_path(NEXT) == ("RATED", "WATCHED_NEXT")
    assert relations.of_path(ACTOR) == ("RATED", "DIRECTED", "ACTED_IN")
    assert relations.of_path(USERS) == ("RATED", "RATED", "RATED")
    with pytest.raises(ValueError, match="entities 1 and 6"):
        relations.between(1, 6)


def test_only_first_paths_count():
    first = FirstPaths()
    first.add(stored(NEXT, GENRE))
    first.add(stored(movie=4, rank=2))
    assert first.of == {0: [NEXT]}
