"""The split by time: who comes first, how many train, and that nothing is lost."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.content.splits import GLOBAL, split_ratings, training_counts
from pipeline.errors import ConfigError


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


def test_one_point_in_time_for_all_users():
    """Eight of ten train: those up to time 1008, which user 3 comes after."""
    frame = ratings(
        *((1, movie, 1000 + movie) for movie in (1, 3, 5, 7, 9)),
        *((2, movie, 1000 + movie) for movie in (2, 4, 6, 8)),
        (3, 10, 1010),
    )
    split = split_ratings(frame, 0.2, GLOBAL)
    late = split[split["held_out"]]
    assert late[["userId", "movieId", "position"]].to_numpy().tolist() == [[1, 9, 4], [3, 10, 0]]


def test_all_ratings_of_the_last_training_time_train():
    frame = ratings((1, 1, 100), (1, 2, 200), (2, 3, 200), (2, 4, 200), (2, 5, 300))
    assert split_ratings(frame, 0.5, GLOBAL)["held_out"].sum() == 1  # round(2.5) = 2, at time 200


times = st.tuples(st.integers(1, 4), st.integers(1, 50), st.integers(10**9, 10**9 + 5))


@given(st.lists(times, min_size=1, max_size=60), st.sampled_from([0.2, 0.5, 0.9]))
def test_nothing_that_trains_is_later_than_what_is_held_out(rows, fraction):
    frame = ratings(*rows)
    try:
        split = split_ratings(frame, fraction, GLOBAL)
    except ConfigError as error:
        assert "the same timestamp" in str(error)
        return
    training, held_out = (split.loc[split["held_out"] == side, "timestamp"] for side in (0, 1))
    assert len(training) + len(held_out) == len(rows)
    assert 0 < len(held_out) <= len(rows) - round((1 - fraction) * len(rows))
    if len(training):
        assert training.max() < held_out.min()
    for _, part in split.groupby("userId"):
        assert part["position"].tolist() == list(range(len(part)))
        assert part["held_out"].is_monotonic_increasing


@pytest.mark.parametrize("first", [0, 1])
def test_positions_in_a_history_are_not_times(first):
    rows = [(user, place, first + place) for user in (1, 2) for place in range(3 * user)]
    with pytest.raises(ConfigError, match="look like positions in each user's history"):
        split_ratings(ratings(*rows), 0.2, GLOBAL)
    assert split_ratings(ratings(*rows), 0.2)["held_out"].sum() == 2


def test_positions_with_a_gap_are_not_times_either():
    rows = [(user, place, place) for user in range(9) for place in range(300) if place != user]
    with pytest.raises(ConfigError, match="look like positions"):
        split_ratings(ratings(*rows), 0.2, GLOBAL)


def test_a_time_that_too_many_share_cannot_be_split():
    frame = ratings((1, 1, 100), (1, 2, 200), (2, 3, 200), (2, 4, 200))
    with pytest.raises(ConfigError, match=r"would hold nothing out.*200"):
        split_ratings(frame, 0.2, GLOBAL)
    assert not split_ratings(frame, 0.0, GLOBAL)["held_out"].any()


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 90), st.integers(0, 3)), max_size=40),
    st.integers(0, 2**63 - 1),
    st.randoms(use_true_random=False),
)
def test_a_tie_seed_orders_equal_times_alone_and_whatever_the_input(rows, seed, random):
    rows = list({(user, movie): (user, movie, time) for user, movie, time in rows}.values())
    split = split_ratings(ratings(*rows), 0.2, tie_seed=seed)
    plain = split_ratings(ratings(*rows), 0.2)
    same = ["userId", "timestamp", "position", "held_out"]
    assert split[same].equals(plain[same])
    movies = ["userId", "timestamp", "movieId"]
    assert (
        split[movies]
        .sort_values(movies, ignore_index=True)
        .equals(plain[movies].sort_values(movies, ignore_index=True))
    )
    random.shuffle(rows)
    assert split_ratings(ratings(*rows), 0.2, tie_seed=seed).equals(split)


def test_another_tie_seed_is_another_order():
    frame = ratings(*((1, movie, 5) for movie in range(20)))
    orders = [split_ratings(frame, 0.2, tie_seed=seed)["movieId"].tolist() for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    assert orders[0] != list(range(20))


def test_a_tie_seed_below_zero_is_refused():
    with pytest.raises(ConfigError, match="tie seed -1"):
        split_ratings(ratings((1, 1, 0)), 0.2, tie_seed=-1)
