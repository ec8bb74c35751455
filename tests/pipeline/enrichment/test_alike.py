"""Users who watched alike: by hand, and against plain Python on random histories."""

from dataclasses import replace
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline.content.histories import Histories
from pipeline.enrichment import alike as module
from pipeline.enrichment.alike import Alike, watched_alike
from pipeline.enrichment.config import EnrichConfig
from pipeline.ids import EntityIds, UserIds
from tests.support.small_histories import histories

A, B, C, D, E, F = range(10, 16)
ALL = EnrichConfig(alike=100, alike_windows=1000, alike_stride=1, alike_shrinkage=0)
BY_HAND = ALL.changed(
    {
        "alike_movies": 2,
        "alike_decay": 0.5,
        "alike_rarity": 0.0,  # all movies count the same
        "alike_power": 2.0,
        "alike_steps": 2,
    }
)


def rows(found: Alike):
    """(source, target) -> (weight, position, until, movie, shared); no pair is there twice."""
    columns = (found.weight, found.position, found.until, found.movie, found.shared)
    values = zip(*(column.tolist() for column in columns), strict=True)
    ends = zip(found.source.tolist(), found.target.tolist(), strict=True)
    pairs = dict(zip(ends, values, strict=True))
    assert len(pairs) == len(found)
    return pairs


def near(expected):
    return {
        ends: (pytest.approx(weight, rel=1e-4), *others)
        for ends, (weight, *others) in expected.items()
    }


def test_by_hand():
    """Windows of two movies: the last counts 1, the one before it 1/2; user 0's newest is B C.

    User 1's windows are A, A B, B C and C D; the last movie, E, has nothing after it. Lengths are 1
    and sqrt(5 / 4), so the cosines with B C are
        A B: 1/2 * 1 / (5/4) = 2/5,   B C: 1,   C D: 1 * 1/2 / (5/4) = 2/5
    User 2's only window is C, with cosine 1 / sqrt(5/4).
    """
    found = rows(watched_alike(histories([A, B, C], [A, B, C, D, E], [C, F]), BY_HAND))
    votes = {1: 1 + 2 * (2 / 5) ** 2, 2: 4 / 5}
    total = sum(votes.values())
    of_first = {ends: values for ends, values in found.items() if ends[0] == 0}
    assert of_first == near(
        {
            (0, 1): (votes[1] / total, 2, 4, C, 2),  # after C come D and E
            (0, 2): (votes[2] / total, 0, 1, C, 1),
        }
    )
    # user 1's newest window is D E, of which no window of the others has anything; user 2's is C F,
    # of which user 1's windows B C and C D have C, the first as its last movie
    assert {ends: values for ends, values in found.items() if ends[0] != 0} == near(
        {(2, 1): (1.0, 2, 4, C, 1)}
    )


def test_the_shared_movie_is_the_one_that_counts_most_in_both():
    """Users 0 and 1 share B and C."""
    users = [[A, B, C], [C, B, F]]
    config = BY_HAND.changed({"alike_movies": 3, "alike_decay": 1.0})
    found = rows(watched_alike(histories(*users), config))
    assert found[0, 1][1:] == (1, 2, B, 2)  # both count the same: the lower entityId
    rare = config.changed({"alike_rarity": 1.0})
    found = rows(watched_alike(histories(*users, [B, D], [B, E]), rare))
    assert found[0, 1][3] == C  # all users watched B
    late = config.changed({"alike_decay": 0.5})
    assert rows(watched_alike(histories(*users), late))[0, 1][3] == C  # user 0 watched it last


def test_the_rarer_movie_counts_more():
    users = histories([A, B], [A, F], [B, F], [B, E], [B, D])
    config = BY_HAND.changed({"alike_decay": 1.0, "alike_rarity": 1.0})
    found = rows(watched_alike(users, config))
    a, b = log(5 / 2), log(5 / 4)  # watched by two and by four of five
    votes = {1: a**2, 2: b**2, 3: b**2, 4: b**2}  # over the same length
    total = sum(votes.values())
    assert {ends[1]: values[0] for ends, values in found.items() if ends[0] == 0} == pytest.approx(
        {other: vote / total for other, vote in votes.items()}, rel=1e-4
    )
    equal = rows(watched_alike(users, config.changed({"alike_rarity": 0.0})))
    assert [equal[0, other][0] for other in (1, 2, 3, 4)] == pytest.approx([1 / 4] * 4)


def test_a_movie_that_everyone_watched_still_counts():
    found = rows(watched_alike(histories([A], [A, B]), ALL))
    assert found == near({(0, 1): (1.0, 0, 1, A, 1)})


@pytest.mark.parametrize(("shrinkage", "nearest"), [(0, 2), (5, 1)])
def test_a_window_of_one_movie_no_longer_beats_a_long_one(shrinkage, nearest):
    """User 1 saw two of user 0's six movies among six; user 2 had seen one of them, and no other.

    All movies count the same, so the squared lengths are 6, 6 and 1.
    """
    users = histories([A, B, C, D, E, F], [20, A, 21, B, 22, 23, 24], [F, 25])
    changes = {"alike_movies": 6, "alike_decay": 1, "alike_stride": 5, "alike_power": 1}
    config = BY_HAND.changed({**changes, "alike_shrinkage": shrinkage})
    votes = {1: 2 / (6 + shrinkage), 2: 1 / sqrt((6 + shrinkage) * (1 + shrinkage))}
    assert max(votes, key=lambda user: votes[user]) == nearest
    found = rows(watched_alike(users, config))
    weights = {other: weight for (user, other), (weight, *_) in found.items() if user == 0}
    total = sum(votes.values())
    assert weights == pytest.approx({user: vote / total for user, vote in votes.items()}, rel=1e-4)
    assert next(iter(weights)) == nearest


def test_no_more_movies_count_than_the_other_user_watched():
    for steps, until in ((1, 1), (2, 2), (3, 3), (20, 3)):
        config = BY_HAND.changed({"alike_steps": steps})
        assert rows(watched_alike(histories([A], [A, B, C, D]), config))[0, 1][2] == until


def test_positions_are_those_of_the_graph():
    watched = histories([A], [B, A, C, D, E])
    gaps = replace(watched, positions=np.array([0, 2, 3, 7, 8, 9]))
    assert rows(watched_alike(gaps, BY_HAND))[0, 1][1:] == (3, 8, A, 1)
    _, late = histories([A, B], [C, D, A, B, C, D]).split(0.5)  # B, and B C D
    assert rows(watched_alike(late, BY_HAND))[0, 1][1:] == (3, 5, B, 1)


def test_only_every_third_place_is_compared():
    config = BY_HAND.changed({"alike_movies": 1, "alike_stride": 3})
    users = [[A], [A, B, C, D], [B, A, C, D], [B, C, D, A, E]]
    assert set(rows(watched_alike(histories(*users), config))) >= {(0, 1), (0, 3)}
    assert (0, 2) not in rows(watched_alike(histories(*users), config))


def test_the_last_place_leads_nowhere():
    assert len(watched_alike(histories([A], [A]), ALL)) == 0
    assert set(rows(watched_alike(histories([A], [B, A]), BY_HAND))) == set()


@pytest.mark.parametrize("users", [[[A]], [[A, B]], [[A], []], [[], []], [], [[A, B], [C, D]]])
def test_users_who_share_nothing_have_none(users):
    found = watched_alike(histories(*users), ALL)
    assert len(found) == 0
    assert list(found.by_source()) == []
    dtypes = [np.int32, np.int32, np.float32, np.int32, np.int32, np.int32]
    names = ("source", "target", "weight", "position", "until", "movie")
    assert [getattr(found, name).dtype for name in names] == dtypes


some_histories = st.lists(
    st.lists(st.sampled_from(range(10, 18)), unique=True, max_size=8), min_size=1, max_size=7
)
some_settings = st.builds(
    EnrichConfig,
    alike=st.integers(1, 5),
    alike_movies=st.integers(1, 5),
    alike_decay=st.sampled_from([0.6, 0.9, 1.0]),
    alike_rarity=st.sampled_from([0.0, 0.25, 1.3]),
    alike_shrinkage=st.sampled_from([0.0, 0.5, 5.0]),
    alike_stride=st.integers(1, 3),
    alike_windows=st.sampled_from([1, 2, 3, 5, 100]),
    alike_power=st.sampled_from([1.0, 4.0]),
    alike_steps=st.integers(1, 4),
)


@given(some_histories, some_settings)
def test_none_are_written_where_none_are_wanted(given_rows, config):
    assert len(watched_alike(histories(*given_rows), config.changed({"alike": 0}))) == 0


@given(some_histories, some_settings)
@settings(max_examples=150)
def test_form(given_rows, config):
    watched = histories(*given_rows, first_user=100)
    found = watched_alike(watched, config)
    user = {100 + row: movies for row, movies in enumerate(given_rows)}
    pairs = rows(found)
    for (source, target), (weight, position, until, movie, shared) in pairs.items():
        assert source != target
        assert weight > 0
        assert 0 <= position < until < len(user[target])
        assert until - position <= config.alike_steps
        assert position % config.alike_stride == 0
        first = max(0, position + 1 - config.alike_movies)
        both = {*user[source][-config.alike_movies :]} & {*user[target][first : position + 1]}
        assert movie in both
        assert shared == len(both)
    for source, part in found.by_source():
        assert set(found.source[part]) == {source}
        assert part.stop - part.start <= config.alike
        assert (np.diff(found.weight[part]) <= 0).all()
        assert found.weight[part].sum() <= 1 + 1e-5
    assert found.source.tolist() == sorted(found.source.tolist())
    assert pairs == rows(watched_alike(watched, config))


@given(some_histories, some_settings)
def test_all_weights_of_a_user_sum_to_one_if_none_is_left_out(given_rows, config):
    found = watched_alike(histories(*given_rows), config.changed({"alike": 100}))
    for _, part in found.by_source():
        assert found.weight[part].sum() == pytest.approx(1, rel=1e-5)


@given(some_histories, some_settings, st.integers(1, 6))
def test_of_many_users_some_are_drawn_with_whom_all_others_are_compared(given_rows, config, most):
    config = config.changed({"alike": 100, "alike_windows": 1000})
    watched = histories(*given_rows)
    whole = rows(watched_alike(watched, config))
    found = rows(watched_alike(watched, config.changed({"alike_users": most})))
    drawn = {target for _, target in found}
    assert len(drawn) <= most
    assert found.keys() == {(source, target) for source, target in whole if target in drawn}
    for key, (_, *rest) in found.items():
        assert rest == list(whole[key][1:])
    if sum(len(movies) > 1 for movies in given_rows) <= most:
        assert found == whole


def turned(watched: Histories, order: list[int]) -> Histories:
    """The same users in another order of rows."""
    bounds = [slice(*watched.offsets[row : row + 2].tolist()) for row in order]
    parts = [watched.movies[own] for own in bounds]
    return Histories(
        UserIds(watched.user_ids[order]),
        EntityIds(watched.user_entities[order]),
        np.cumsum([0, *map(len, parts)], dtype=np.int64),
        np.concatenate(parts),
        np.concatenate([watched.positions[own] for own in bounds]),
        np.zeros(len(watched.movies), dtype=np.float32),
    )


@given(some_histories, some_settings, st.randoms(use_true_random=False))
def test_the_order_of_users_does_not_matter_where_none_is_left_out(given_rows, config, random):
    """Of equal votes, some are left out by the order of users."""
    config = config.changed({"alike": 100, "alike_windows": 100})
    watched = histories(*given_rows)
    order = random.sample(range(len(watched)), len(watched))
    found = rows(watched_alike(turned(watched, order), config))
    assert found == near(rows(watched_alike(watched, config)))


@given(some_histories, some_settings, st.integers(1, 4), st.integers(1, 3), st.integers(1, 12))
@settings(max_examples=200)
def test_the_size_of_the_blocks_does_not_matter(given_rows, config, together, users, entries):
    watched = histories(*given_rows)
    whole = watched_alike(watched, config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_USERS_TOGETHER", together)
        patch.setattr(module, "_USERS_PER_BLOCK", users)
        patch.setattr(module, "_BLOCK_ENTRIES", entries)
        parts = watched_alike(watched, config)
    assert list(rows(parts).items()) == list(rows(whole).items())


@given(some_histories, some_settings)
@settings(max_examples=200)
def test_all_pairs_are_those_of_plain_python(given_rows, config):
    found = rows(watched_alike(histories(*given_rows), config))
    for source in range(len(given_rows)):
        own = {target: values for (user, target), values in found.items() if user == source}
        windows = _nearest(given_rows, source, config)
        total = sum(vote for vote, *_ in windows)
        weights: dict[int, float] = {}
        for vote, other, _ in windows:
            weights[other] = weights.get(other, 0) + vote / total
        best = sorted(weights.values(), reverse=True)[: config.alike]
        assert sorted((values[0] for values in own.values()), reverse=True) == pytest.approx(
            best, rel=1e-4
        )
        for target, (weight, position, until, movie, number) in own.items():
            assert weight == pytest.approx(weights[target], rel=1e-4)
            votes = {place: vote for vote, other, place in windows if other == target}
            assert votes[position] == pytest.approx(max(votes.values()), rel=1e-4)
            last = len(given_rows[target]) - 1
            assert until == min(position + config.alike_steps, last)
            shared = _products(given_rows, source, target, position, config)
            assert shared[movie] == pytest.approx(max(shared.values()), rel=1e-4)
            assert number == len(shared)


def _vector(rows_of_all, user, position, config):
    """What was watched in a window, by movie."""
    seen = rows_of_all[user][: position + 1][::-1][: config.alike_movies]
    weights = {}
    for back, movie in enumerate(seen):
        watchers = sum(movie in row for row in rows_of_all)
        rarity = max(log(len(rows_of_all) / watchers), 0.01)
        weights[movie] = config.alike_decay**back * rarity**config.alike_rarity
    squares = sum(weight**2 for weight in weights.values())
    length = sqrt(squares + config.alike_shrinkage)
    return {movie: weight / length for movie, weight in weights.items()}


def _products(rows_of_all, source, other, position, config):
    """The product of each movie of the source's newest window and one of the other user's."""
    first = _vector(rows_of_all, source, len(rows_of_all[source]) - 1, config)
    second = _vector(rows_of_all, other, position, config)
    return {movie: first[movie] * second[movie] for movie in first.keys() & second.keys()}


def _nearest(rows_of_all, source, config):
    """(vote, other user, position) of the windows that vote; no two at the limit are equal."""
    windows = []
    for other, movies in enumerate(rows_of_all):
        if other == source or not rows_of_all[source]:
            continue
        for position in range(0, len(movies) - 1, config.alike_stride):
            cosine = sum(_products(rows_of_all, source, other, position, config).values())
            if cosine > 0:
                windows.append((cosine**config.alike_power, other, position))
    windows.sort(reverse=True)
    kept, left = windows[: config.alike_windows], windows[config.alike_windows :]
    assume(not left or kept[-1][0] > left[0][0] * 1.001)
    return kept
