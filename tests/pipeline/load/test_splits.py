"""The split by time: who comes first, how many train, and that nothing is lost."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.load.splits import split_ratings, training_counts


def ratings(*rows):
    frame = pd.DataFrame(rows, columns=["userId", "movieId", "timestamp"]).astype("int64")
    return frame.assign(rating=np.nan)


def listed(frame):
    return frame[["userId", "movieId", "position", "held_out"]].to_numpy().tolist()


def test_the_last_fifth_of_a_history_is_held_out():
    frame = ratings((1, 10, 5), (1, 11, 4), (1, 12, 3), (1, 13, 2), (1, 14, 1))
    assert listed(split_ratings(frame, 0.2)) == [
        [1, 14, 0, False],
        [1, 13, 1, False],
        [1, 12, 2, False],
        [1, 11, 3, False],
        [1, 10, 4, True],
    ]


def test_equal_times_keep_the_order_of_the_input():
    frame = ratings((2, 30, 7), (1, 20, 7), (2, 10, 7), (1, 5, 7), (2, 20, -1))
    assert listed(split_ratings(frame, 0.5)) == [
        [1, 20, 0, False],
        [1, 5, 1, True],
        [2, 20, 0, False],
        [2, 30, 1, False],  # round(1.5) is 2
        [2, 10, 2, True],
    ]


def test_nothing_held_out():
    split = split_ratings(ratings((1, 1, 0), (1, 2, 1)), 0)
    assert split["held_out"].tolist() == [False, False]


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.2, 0.25, 0.5, 0.9])
def test_the_number_that_trains_is_pythons_round(fraction):
    lengths = np.arange(1, 300)
    wanted = [round((1 - fraction) * n) for n in lengths.tolist()]
    assert training_counts(lengths, fraction).tolist() == wanted


def test_the_ancestors_four_fifths():
    lengths = np.arange(1, 1000)
    assert training_counts(lengths, 0.2).tolist() == [round(0.8 * n) for n in lengths.tolist()]


@pytest.mark.parametrize("fraction", [-0.1, 1, 1.5, float("nan")])
def test_a_fraction_outside_its_range_is_refused(fraction):
    with pytest.raises(ConfigError, match="must be 0 or more and less than 1"):
        split_ratings(ratings((1, 1, 0)), fraction)


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 50), st.integers(-3, 3)), max_size=60),
    st.sampled_from([0.0, 0.2, 0.5, 0.9]),
)
def test_every_user_is_split_alone_and_completely(rows, fraction):
    split = split_ratings(ratings(*rows), fraction)
    assert len(split) == len(rows)
    for user in {row[0] for row in rows}:
        mine = sorted((row for row in rows if row[0] == user), key=lambda row: row[2])
        part = split[split["userId"] == user]
        assert part["movieId"].tolist() == [row[1] for row in mine]
        assert part["position"].tolist() == list(range(len(mine)))
        count = round((1 - fraction) * len(mine))
        assert part["held_out"].tolist() == [place >= count for place in range(len(mine))]
