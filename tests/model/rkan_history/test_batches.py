"""Parts of candidate lists, and their tensors: every user keeps its paths."""

import math
from collections import Counter
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.arrays import PADDING
from model.rkan_history.batches import collate_lists, list_batches, lists_of, padded
from model.rkan_history.candidate_lists import BY_USER
from model.rkan_history.path_kinds import PathKind
from tests.support.candidate_lists import FEATURES, NUM_FEATURES, Path, lists, random_lists

OF_PAIRS = ("candidates", "taste", "popularity", "labels")
OF_PATHS = (
    "kinds",
    "relations",
    "sources",
    "ages",
    "through",
    "beyond",
    "weights",
    "features",
)


def two_users():
    """User 100 has two paths to movie 5 and one to 7; user 101 one to 6, and no second movie."""
    paths = [
        Path(0, 1),
        Path(0, 2, 1, PathKind.MAKER, 3, 44, 0.25),
        Path(1, 1, weight=2.0),
        Path(2, 3, kind=PathKind.USERS, relation=2, through=101, features=FEATURES[::-1]),
    ]
    return lists(
        [[1, 2], [3]],
        [[5, 7], [6]],
        paths,
        labels=[[0, 1], [1, 0]],
        taste=[[0.5, -0.5], [0, 0]],
        popularity=[[-2, 2], [0, 0]],
    )


def plain(found):
    """Each user's list in plain Python: the user, its history, and its candidates with paths."""
    width = found.candidates.shape[1]
    users = []
    for b, user in enumerate(found.users.tolist()):
        candidates = []
        for c in range(width):
            own = np.flatnonzero(found.slots == b * width + c)
            paths = [tuple(getattr(found, name)[i].tolist() for name in OF_PATHS) for i in own]
            pair = (getattr(found, name)[b, c].item() for name in OF_PAIRS)
            candidates.append((*pair, paths))
        users.append((user, tuple(found.histories[b].tolist()), candidates))
    return users


def test_paths_are_placed_by_candidate_in_their_order():
    batch = collate_lists(two_users())
    assert batch.owners.tolist() == [0, 0, 1, 2]
    assert batch.ranks.tolist() == [0, 1, 0, 0]
    assert batch.kinds.tolist() == [0, 2, 0, 5]
    assert batch.relations.tolist() == [0, 3, 0, 2]
    assert batch.features.tolist() == two_users().features.tolist()
    assert batch.candidates.tolist() == [[5, 7], [6, PADDING]]
    assert batch.taste.tolist() == [[0.5, -0.5], [0, 0]]
    assert batch.popularity.tolist() == [[-2, 2], [0, 0]]
    assert batch.labels.tolist() == [[0, 1], [1, 0]]
    assert (batch.examples, batch.pairs, batch.pairs_without_paths) == (2, 3, 0)


def test_weights_are_read_by_their_logarithms():
    batch = collate_lists(two_users())
    expected = [math.log(weight + 1e-6) for weight in (0.5, 0.25, 2, 0.5)]
    assert batch.log_weights.tolist() == pytest.approx(expected)


def test_the_length_of_a_history_counts_0_where_it_is_usual():
    """It is log((1 + T) / 50) for T movies; empty places count as none."""
    rows = [[1], [], list(range(49)), list(range(99))]
    batch = collate_lists(lists(rows, [[5], [6], [7], [8]], []))
    expected = [math.log(2 / 50), math.log(1 / 50), 0, math.log(2)]
    assert batch.lengths.tolist() == pytest.approx(expected, abs=1e-6)


def test_the_least_weight_still_has_a_logarithm():
    found = replace(two_users(), weights=np.array([0, 1e-38, 1e-6, 1], np.float32))
    expected = [math.log(1e-6), math.log(1e-6), math.log(2e-6), math.log(1 + 1e-6)]
    assert collate_lists(found).log_weights.tolist() == pytest.approx(expected, abs=1e-6)


def test_the_tensors_have_the_networks_types():
    batch = collate_lists(two_users())
    integers = ("candidates", "owners", "ranks", "kinds", "relations")
    numbers = ("taste", "popularity", "labels", "lengths", "log_weights", "features")
    assert {getattr(batch, name).dtype for name in integers} == {torch.int64}
    assert {getattr(batch, name).dtype for name in numbers} == {torch.float32}
    assert {*integers, *numbers} == set(batch._fields)


def test_candidates_without_paths_are_counted_and_padding_is_not():
    batch = collate_lists(lists([[1], [2]], [[5, 7], [6]], [Path(1, 1)]))
    assert (batch.pairs, batch.pairs_without_paths) == (3, 2)


def test_lists_without_any_path_can_be_collated():
    batch = collate_lists(lists([[1], []], [[5], [6]], []))
    assert batch.owners.shape == batch.ranks.shape == (0,)
    assert batch.features.shape == (0, NUM_FEATURES)


def test_users_without_any_candidate_can_be_collated():
    batch = collate_lists(lists([[1]], [[]], []))
    assert batch.candidates.shape == (1, 0)
    assert (batch.pairs, batch.pairs_without_paths) == (0, 0)


def test_a_chosen_user_moves_with_its_paths():
    found = lists_of(two_users(), np.array([1]))
    assert found.users.tolist() == [101]
    assert found.slots.tolist() == [0]
    assert (found.sources.tolist(), found.relations.tolist()) == ([3], [2])
    assert (found.kinds.tolist(), found.through.tolist()) == ([PathKind.USERS], [101])
    assert found.weights.tolist() == [0.5]
    assert found.features.tolist() == [pytest.approx(FEATURES[::-1])]
    assert found.labels.tolist() == [[1, 0]]


def test_each_field_belongs_to_users_or_to_paths():
    named = {"users", "histories", *OF_PAIRS, "slots", *OF_PATHS}
    assert named == {item.name for item in fields(two_users())}
    assert set(BY_USER) == {"users", "histories", *OF_PAIRS}


def test_two_users_change_places_with_all_that_is_theirs():
    found = lists_of(two_users(), np.array([1, 0]))
    assert found.users.tolist() == [101, 100]
    assert found.histories.tolist() == [[3, PADDING], [1, 2]]
    assert found.candidates.tolist() == [[6, PADDING], [5, 7]]
    assert found.taste.tolist() == [[0, 0], [0.5, -0.5]]
    assert found.popularity.tolist() == [[0, 0], [-2, 2]]
    assert found.slots.tolist() == [0, 2, 2, 3]
    assert found.kinds.tolist() == [5, 0, 2, 0]
    assert found.through.tolist() == [101, PADDING, 44, PADDING]
    assert found.weights.tolist() == [0.5, 0.5, 0.25, 2]


def test_no_chosen_user_is_an_empty_list():
    found = lists_of(two_users(), np.zeros(0, dtype=np.int64))
    assert found.users.shape == (0,)
    assert found.slots.shape == (0,)
    assert found.candidates.shape == (0, 2)


@given(st.integers(0, 10_000), st.integers(1, 6), st.data())
@settings(max_examples=60, deadline=None)
def test_any_users_in_any_order_keep_what_is_theirs(seed, users, data):
    whole = random_lists(np.random.default_rng(seed), users)
    rows = data.draw(st.lists(st.integers(0, users - 1), min_size=1, max_size=8))
    part = lists_of(whole, np.array(rows))
    expected = plain(whole)
    assert plain(part) == [expected[row] for row in rows]
    for item in fields(whole):
        assert getattr(part, item.name).dtype == getattr(whole, item.name).dtype, item.name


@given(st.integers(0, 10_000), st.integers(1, 7), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_paths_of_a_candidate_are_numbered(seed, users, most):
    whole = random_lists(np.random.default_rng(seed), users, most_paths=most)
    batch = collate_lists(whole)
    assert batch.owners.tolist() == whole.slots.tolist()
    seen: Counter[int] = Counter()
    for owner, rank in zip(batch.owners.tolist(), batch.ranks.tolist(), strict=True):
        assert rank == seen[owner]
        seen[owner] += 1


@given(st.integers(0, 10_000), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_an_epoch_shows_every_user_of_every_chunk_once(seed, size):
    rng = np.random.default_rng(seed)
    chunks = [random_lists(rng, 5), random_lists(rng, 3)]
    seen = list(list_batches(chunks, size, np.random.default_rng(seed)))
    assert [len(each.users) for each in seen] == [
        min(size, users - start) for users in (5, 3) for start in range(0, users, size)
    ]
    steps = -(-5 // size)
    for chunk, parts in zip(chunks, (seen[:steps], seen[steps:]), strict=True):
        users = sorted(user for part in parts for user in plain(part))
        assert users == sorted(plain(chunk))


def test_the_generator_decides_the_order_of_users():
    chunk = random_lists(np.random.default_rng(0), 20)

    def order(seed):
        batches = list_batches([chunk], 4, np.random.default_rng(seed))
        return [user for each in batches for user in each.users.tolist()]

    assert order(1) == order(1)
    assert order(1) != order(2)
    assert order(1) != sorted(order(1))


@pytest.mark.parametrize(
    ("rows", "width", "table"),
    [
        ([[1, 2], [3]], 2, [[1, 2], [3, PADDING]]),
        ([[1, 2], []], 3, [[1, 2, PADDING], [PADDING] * 3]),
        ([[1, 2, 3]], 2, [[1, 2]]),
        ([[], []], 0, [[], []]),
    ],
)
def test_rows_are_filled_and_cut_to_one_width(rows, width, table):
    found = padded([np.array(row, dtype=np.int64) for row in rows], width)
    assert found.tolist() == table
    assert found.dtype == np.int64
