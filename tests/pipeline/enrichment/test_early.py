"""The early parts of histories, some of them cut to a few movies, and the late parts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.early import early_and_late
from tests.support.small_histories import histories

LONG = [[1_000 * user + place for place in range(40)] for user in range(200)]


def parts_of(found):
    return [found.movies_of(row).tolist() for row in range(len(found))]


def equal(one, other):
    names = ("user_ids", "user_entities", "offsets", "movies", "positions")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def test_without_short_histories_it_is_the_split():
    whole = histories(*LONG)
    early, late = whole.split(0.25)
    found = early_and_late(whole, EnrichConfig(label_fraction=0.25, short_histories=0.0))
    assert equal(found[0], early)
    assert equal(found[1], late)


def test_the_newest_movies_of_a_share_of_users_are_kept():
    """30 of 200 users keep 1 to 8 movies, the others 30."""
    config = EnrichConfig(label_fraction=0.25, short_histories=0.15, short_length=8)
    early, late = early_and_late(histories(*LONG), config)
    sizes = early.sizes
    assert (sizes < 30).sum() == 30
    assert sizes.max() == 30
    assert set(sizes[sizes < 30]) == {1, 2, 3, 4, 5, 6, 7, 8}
    assert parts_of(early) == [
        row[30 - size : 30] for row, size in zip(LONG, sizes.tolist(), strict=True)
    ]
    assert parts_of(late) == [row[30:] for row in LONG]
    first = early.offsets[:-1]
    assert early.positions[first].tolist() == (30 - sizes).tolist()


def test_short_ones_are_as_likely_as_long_ones_on_a_log_scale():
    """One movie, 2 to 3 and 4 to 7 are equally likely where 7 are the most."""
    config = EnrichConfig(short_histories=0.75, short_length=7)
    early, _ = early_and_late(histories(*(LONG * 8)), config)
    counts, _ = np.histogram(early.sizes[early.sizes < 32], [1, 2, 4, 8])
    assert counts.sum() == 1_200
    assert (abs(counts - 400) < 60).all()


def test_the_same_histories_are_always_cut_alike():
    whole, config = histories(*LONG), EnrichConfig()
    first, second = (early_and_late(whole, config) for _ in range(2))
    assert equal(first[0], second[0])
    fewer, _ = early_and_late(histories(*LONG[:-1]), config)
    assert fewer.sizes.tolist() != first[0].sizes[:-1].tolist()


@given(
    sizes=st.lists(st.integers(0, 12), max_size=10),
    fraction=st.sampled_from([0.2, 0.5]),
    short=st.sampled_from([0.0, 0.15, 0.5, 0.99]),
    length=st.integers(1, 6),
)
def test_early_parts_are_ends_of_those_of_the_split(sizes, fraction, short, length):
    whole = histories(*(list(range(100 * user, 100 * user + n)) for user, n in enumerate(sizes)))
    config = EnrichConfig(label_fraction=fraction, short_histories=short, short_length=length)
    early, late = early_and_late(whole, config)
    before, after = whole.split(fraction)
    assert equal(late, after)
    assert early.user_entities.tolist() == whole.user_entities.tolist()
    cut = 0
    for found, given_one in zip(parts_of(early), parts_of(before), strict=True):
        assert found == given_one[len(given_one) - len(found) :]
        assert bool(found) == bool(given_one)
        assert len(found) <= length or found == given_one
        cut += found != given_one
    assert cut <= round(short * len(sizes))
    assert short < 0.99 or all(len(found) <= length for found in parts_of(early))
