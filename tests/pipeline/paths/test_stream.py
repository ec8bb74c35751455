import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.arrays import PADDING
from pipeline.errors import ConfigError
from pipeline.paths.config import PathConfig
from pipeline.paths.pair import pair_paths
from pipeline.paths.stream import UserPairs, stream_pair_paths
from tests.support.path_graphs import SmallGraph, eight_movies, small_graphs

KINDS = [(hops, through) for hops in (3, 5, 7) for through in (False, True)]


def config(max_hops=3, *, through_users=False, cap=10**4, via=1000) -> PathConfig:
    return PathConfig(
        max_hops=max_hops,
        max_paths_per_pair=cap,
        through_users=through_users,
        via_movies=via,
        via_users=via,
    )


def asked(user, movies, start=0, end=None) -> UserPairs:
    return UserPairs(user, np.array(movies), np.zeros(len(movies), dtype=np.float32), end, start)


def streamed(graph, pairs, config, seed=(0,), **options) -> dict[tuple[int, int], list]:
    """(user, movie) -> its paths, over all chunks, after a check of each chunk's form."""
    found: dict[tuple[int, int], list] = {}
    for chunk in stream_pair_paths(graph, pairs, config, seed=seed, **options):
        assert chunk.entities.shape == (len(chunk.lengths), config.max_hops + 1)
        assert chunk.entities.dtype == chunk.lengths.dtype == chunk.pair_index.dtype == np.int32
        assert (np.diff(chunk.pair_index) >= 0).all()
        keys = list(zip(chunk.users.tolist(), chunk.movies.tolist(), strict=True))
        found.update({key: [] for key in keys})
        rows = zip(chunk.entities.tolist(), chunk.lengths, chunk.pair_index, strict=True)
        for entities, length, pair in rows:
            assert set(entities[length:]) <= {PADDING}
            found[keys[pair]].append(tuple(entities[:length]))
    return found


@pytest.mark.slow
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(small=small_graphs(), choice=st.data())
def test_the_stream_and_the_pair_queries_find_what_brute_force_finds(graph, small, choice):
    small.load(graph)
    bound = st.tuples(st.integers(0, 3), st.none() | st.integers(0, 4))
    bounds = {user: choice.draw(bound) for user in small.users}
    via_bounds = {
        user: (start, 99 if end is None else end) for user, (start, end) in bounds.items()
    }
    pairs = [asked(user, small.movies, *bounds[user]) for user in small.users]
    user, movie = (choice.draw(st.sampled_from(ids)) for ids in (small.users, small.movies))
    for hops, through in KINDS:
        limits = config(hops, through_users=through)
        found = streamed(graph, pairs, limits, via_bounds=via_bounds, users_per_query=2)
        assert set(found) == {(u, m) for u in small.users for m in small.movies}
        for (u, m), paths in found.items():
            assert len(set(paths)) == len(paths)
            assert set(paths) == small.paths(u, m, hops, through, bounds)
        report = pair_paths(
            graph, user, str(movie), max_hops=hops, through_users=through, limit=10**6
        )
        shown = [tuple(step.entity for step in path.steps) for path in report.paths]
        assert len(set(shown)) == len(shown)
        assert set(shown) == small.paths(user, movie, hops, through)
        assert [path.hops for path in report.paths] == sorted(len(path) - 1 for path in shown)


@pytest.fixture
def eight(graph) -> SmallGraph:
    small = eight_movies()
    small.load(graph)
    return small


def test_the_paths_of_eight_movies_counted_by_eye(graph, eight):
    pairs = [asked(0, eight.movies)]
    counts = {
        (hops, through): [
            len(paths)
            for paths in streamed(graph, pairs, config(hops, through_users=through)).values()
        ]
        for hops, through in KINDS
    }
    assert counts[3, False] == [1, 1, 0, 2, 1, 0, 0, 0]
    assert counts[5, False] == [1, 1, 0, 3, 3, 3, 0, 0]
    assert counts[7, False] == [2, 2, 2, 3, 3, 3, 0, 0]
    assert counts[3, True] == [1, 1, 0, 2, 1, 0, 1, 0]
    assert counts[5, True] == [1, 1, 0, 3, 3, 3, 2, 0]


def test_history_end_takes_later_ratings_off_all_paths(graph, eight):
    found = streamed(graph, [asked(0, [11, 13], end=1)], config(3))
    assert found == {(0, 11): [(0, 10, 20, 11)], (0, 13): [(0, 10, 20, 13)]}


def test_history_start_takes_earlier_ratings_off_all_paths(graph, eight):
    found = streamed(graph, [asked(0, [11, 13, 14], start=1)], config(3))
    assert found == {(0, 11): [], (0, 13): [(0, 11, 20, 13)], (0, 14): [(0, 12, 21, 14)]}


def test_via_bounds_take_other_ratings_of_connecting_users_off_all_paths(graph, eight):
    through = config(3, through_users=True)
    asks = [asked(0, [16])]
    whole = {(0, 16): [(0, 10, 1, 16)]}
    assert streamed(graph, asks, through) == whole
    assert streamed(graph, asks, through, via_bounds={1: (0, 2)}) == whole
    assert streamed(graph, asks, through, via_bounds={1: (0, 1)}) == {(0, 16): []}
    assert streamed(graph, asks, through, via_bounds={1: (1, 2)}) == {(0, 16): []}


def test_users_come_in_the_order_given_and_labels_stay_with_their_pairs(graph, eight):
    pairs = [
        UserPairs(1, np.array([13, 10]), np.array([0, 1], dtype=np.float32), None),
        UserPairs(0, np.array([17, 14]), np.array([0, 0.5], dtype=np.float32), None),
    ]
    chunks = list(stream_pair_paths(graph, pairs, config(), seed=(0,)))
    assert len(chunks) == 1
    assert chunks[0].users.tolist() == [1, 1, 0, 0]
    assert chunks[0].movies.tolist() == [13, 10, 17, 14]
    assert chunks[0].labels.tolist() == [0, 1, 0, 0.5]
    assert chunks[0].entities.tolist() == [[1, 10, 20, 13], [0, 12, 21, 14]]
    assert chunks[0].pair_index.tolist() == [0, 3]


def test_a_user_without_history_and_one_without_pairs_have_no_paths(graph, eight):
    assert streamed(graph, [asked(0, [13], end=0), asked(1, [])], config(7)) == {(0, 13): []}


def test_a_movie_asked_for_twice_gets_its_paths_twice(graph, eight):
    (chunk,) = stream_pair_paths(graph, [asked(0, [14, 14])], config(), seed=(0,))
    assert chunk.entities.tolist() == [[0, 12, 21, 14], [0, 12, 21, 14]]
    assert chunk.pair_index.tolist() == [0, 1]


@pytest.mark.parametrize(("hops", "through"), KINDS)
def test_the_same_seed_gives_the_same_paths_whatever_the_chunks(graph, eight, hops, through):
    pairs = [asked(0, eight.movies), asked(1, eight.movies)]
    few = config(hops, through_users=through, cap=1, via=3)
    once = streamed(graph, pairs, few, seed=(7, 1))
    assert once == streamed(graph, pairs, few, seed=(7, 1), users_per_query=1)
    assert once == streamed(graph, pairs[::-1], few, seed=(7, 1))


def test_another_seed_gives_other_paths(graph, eight):
    found = {
        streamed(graph, [asked(0, [13])], config(cap=1), seed=(seed,))[0, 13][0]
        for seed in range(20)
    }
    assert found == {(0, 10, 20, 13), (0, 11, 20, 13)}


def test_the_inner_movies_of_longer_paths_are_of_the_via_set(graph, eight):
    """Movie 15 has two paths through 13 and one through 14."""
    seen = set()
    for seed in range(30):
        paths = streamed(graph, [asked(0, [15])], config(5, via=1), seed=(seed,))[0, 15]
        seen.add((len(paths), frozenset(path[3] for path in paths)))
    assert seen == {(0, frozenset()), (2, frozenset({13})), (1, frozenset({14}))}


def test_too_many_walks_to_count_are_a_clear_error(graph, eight, monkeypatch):
    monkeypatch.setattr("pipeline.paths.walks._MOST_WALKS", 2.0)
    with pytest.raises(ConfigError, match=r"via_movies = 1000, .*entityId 0.*smaller"):
        streamed(graph, [asked(0, [15])], config(5))
