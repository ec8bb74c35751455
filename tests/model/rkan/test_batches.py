import numpy as np

from model.arrays import PADDING
from model.rkan.batches import collate, join, pairs_between, rebatch, reordered, shuffled

PAIRS = [[[0, 5, 9, 6]], [], [[1, 5, 9, 7], [1, 6, 8, 5, 9, 7]]]
ENDS = [(0, 6), (0, 8), (1, 7)]


def as_lists(paths):
    """Each pair with its label and paths, without padding."""
    listed = []
    for pair, ends in enumerate(zip(paths.users, paths.movies, paths.labels, strict=True)):
        mine = paths.entities[paths.pair_index == pair]
        listed.append((*map(float, ends), [row[row != PADDING].tolist() for row in mine]))
    return listed


def test_collate_places_each_path_in_the_slot_of_its_pair(make_paths):
    batch = collate(make_paths(PAIRS, ends=ENDS))
    assert batch.max_paths == 2
    assert batch.slots.tolist() == [0, 4, 5]
    assert batch.lengths.tolist() == [4, 4, 6]
    assert batch.entities[0].tolist() == [0, 5, 9, 6, 0, 0]


def test_collate_of_pairs_without_any_path(make_paths):
    batch = collate(make_paths([[], []], ends=ENDS[:2]))
    assert batch.max_paths == 0
    assert batch.slots.shape == (0,)


def test_pairs_between_keeps_only_their_paths(make_paths):
    part = pairs_between(make_paths(PAIRS, ends=ENDS), 1, 3)
    assert as_lists(part) == [(0, 8, 1, []), (1, 7, 1, PAIRS[2])]


def test_join_widens_to_the_longest_path(make_paths):
    short, long = make_paths(PAIRS[:1]), make_paths(PAIRS[2:])
    joined = join([short, long])
    assert as_lists(joined) == as_lists(short) + as_lists(long)
    assert joined.pair_index.dtype == np.int32


def test_rebatch_keeps_pairs_and_order_whatever_the_chunks(make_paths):
    chunks = [make_paths(PAIRS, ends=ENDS, labels=[k, k, k]) for k in range(1, 6)]
    wanted = [pair for chunk in chunks for pair in as_lists(chunk)]
    for size in (1, 2, 4, 15, 100):
        batches = list(rebatch(chunks, size))
        sizes = [len(batch.users) for batch in batches]
        assert all(each == size for each in sizes[:-1])
        assert 0 < sizes[-1] <= size
        assert [pair for batch in batches for pair in as_lists(batch)] == wanted


def test_rebatch_of_nothing_is_nothing():
    assert list(rebatch([], 4)) == []


def test_reordered_pairs_keep_their_paths(make_paths):
    paths = make_paths(PAIRS, ends=ENDS)
    listed = as_lists(paths)
    moved = reordered(paths, np.array([2, 0, 1]))
    assert as_lists(moved) == [listed[2], listed[0], listed[1]]
    assert (np.diff(moved.pair_index) >= 0).all()


def test_shuffled_loses_nothing_and_follows_its_generator(make_paths):
    chunks = [make_paths(PAIRS, ends=ENDS, labels=[k, k + 10, k + 20]) for k in range(8)]
    first, second = (
        [pair for part in shuffled(chunks, 6, np.random.default_rng(4)) for pair in as_lists(part)]
        for _ in range(2)
    )
    wanted = [pair for chunk in chunks for pair in as_lists(chunk)]
    assert first == second
    assert first != wanted
    assert sorted(map(str, first)) == sorted(map(str, wanted))


def test_shuffled_mixes_a_window_at_a_time(make_paths):
    chunks = [make_paths(PAIRS, ends=ENDS) for _ in range(5)]
    sizes = [len(part.users) for part in shuffled(chunks, 6, np.random.default_rng(0))]
    assert sizes == [6, 6, 3]
