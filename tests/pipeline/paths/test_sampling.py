from collections import Counter

import numpy as np
import pytest
from scipy import stats

from pipeline.paths.connectors import connector_edges
from pipeline.paths.sampling import sample_paths, sample_ranks
from tests.support.path_graphs import SmallGraph, eight_movies


def edges_of(small: SmallGraph, user: int, targets, vias=None):
    """What the hops queries return for a user, in a scrambled order."""
    known, wanted = set(small.history(user)), set(targets)
    passed = set(small.movies if vias is None else vias)
    movies_of: dict[int, list[int]] = {}
    for movie, attribute, _ in sorted(small.attributes, reverse=True):
        movies_of.setdefault(attribute, []).append(movie)

    def lists(chosen):
        return [[m for m in movies if m in chosen] for movies in movies_of.values()]

    return connector_edges(list(movies_of), lists(known), lists(wanted - known), lists(passed))


def sampled(small, user, targets, *, max_hops=3, most=10**6, seed=0, vias=None):
    """For each target the list of its paths."""
    edges = edges_of(small, user, targets, vias)
    sample = sample_paths(
        user,
        edges,
        np.array(targets),
        max_hops=max_hops,
        max_paths=most,
        rng=np.random.default_rng(seed),
    )
    found: list[list[tuple[int, ...]]] = [[] for _ in targets]
    for entities, length, pair in zip(*sample, strict=True):
        found[pair].append(tuple(entities[:length].tolist()))
    return found


def crowd(history=6, genres=3, targets=2) -> SmallGraph:
    """Every movie is of every genre: so many paths that they must be sampled."""
    seen = list(range(100, 100 + history))
    movies = [*seen, *range(200, 200 + targets)]
    return SmallGraph(
        users=[0],
        movies=movies,
        genres=list(range(10, 10 + genres)),
        rated={(0, movie): place for place, movie in enumerate(seen)},
        attributes={(m, g, "IN_GENRE") for m in movies for g in range(10, 10 + genres)},
    )


def test_all_paths_of_three_hops_counted_by_eye():
    found = sampled(eight_movies(), 0, [13, 14, 15, 10])
    assert found == [[(0, 10, 20, 13), (0, 11, 20, 13)], [(0, 12, 21, 14)], [], [(0, 11, 20, 10)]]


def test_all_paths_of_five_hops_counted_by_eye():
    (found,) = sampled(eight_movies(), 0, [15], max_hops=5)
    assert sorted(found) == [
        (0, 10, 20, 13, 30, 15),
        (0, 11, 20, 13, 30, 15),
        (0, 12, 21, 14, 30, 15),
    ]


def test_all_paths_of_seven_hops_counted_by_eye():
    (found,) = sampled(eight_movies(), 0, [12], max_hops=7)
    assert sorted(found) == [(0, 10, 20, 13, 30, 14, 21, 12), (0, 11, 20, 13, 30, 14, 21, 12)]


def test_longer_paths_pass_only_through_via_movies():
    (found,) = sampled(eight_movies(), 0, [15], max_hops=7, vias=[14])
    assert found == [(0, 12, 21, 14, 30, 15)]


def test_a_user_without_connectors_has_no_paths():
    small = SmallGraph(users=[0], movies=[1, 2], rated={(0, 1): 0})
    assert [sampled(small, 0, [1, 2], max_hops=hops) for hops in (3, 5, 7)] == [[[], []]] * 3


def test_a_positive_whose_only_history_is_itself_has_no_path_though_many_walks():
    small = crowd(history=1, genres=4, targets=8)
    assert sampled(small, 0, [100], max_hops=7, most=5) == [[]]


@pytest.mark.parametrize("hops", [3, 5, 7])
@pytest.mark.parametrize("most", [1, 3, 100])
def test_the_cap_holds_and_no_path_comes_twice(hops, most):
    small = crowd()
    targets = [200, 100, 201]
    everything = sampled(small, 0, targets, max_hops=hops)
    for target, paths, chosen in zip(
        targets, everything, sampled(small, 0, targets, max_hops=hops, most=most), strict=True
    ):
        assert set(paths) == small.paths(0, target, hops, through_users=False)
        assert len(chosen) == len(set(chosen)) == min(most, len(paths))
        assert set(chosen) <= set(paths)


@pytest.mark.parametrize("hops", [3, 5, 7])
def test_the_same_generator_gives_the_same_paths(hops):
    small = crowd()
    once, again = (sampled(small, 0, [200, 100], max_hops=hops, most=3) for _ in range(2))
    other = sampled(small, 0, [200, 100], max_hops=hops, most=3, seed=1)
    assert once == again != other


@pytest.mark.parametrize("target", [200, 100])
@pytest.mark.parametrize(
    ("hops", "draws", "few"), [(3, 400, 8), (5, 700, 8), (5, 500, 10**9), (7, 700, 8)]
)
def test_every_path_has_the_same_chance(monkeypatch, hops, draws, few, target):
    """Chi-square of how often each of a pair's paths is drawn, for a negative and a positive."""
    monkeypatch.setattr("pipeline.paths.sampling._FEW", few)  # 8 draws walks, 10**9 lists them
    small = crowd(history=3, genres=2 if hops < 7 else 3, targets=2)
    paths = sorted(small.paths(0, target, hops, through_users=False))
    counts: Counter[tuple[int, ...]] = Counter()
    for seed in range(draws):
        (chosen,) = sampled(small, 0, [target], max_hops=hops, most=2 if hops < 7 else 5, seed=seed)
        counts.update(chosen)
    assert sum(counts.values()) > 8 * len(paths)
    assert stats.chisquare([counts[path] for path in paths]).pvalue > 0.001


def test_walks_are_rejected_and_not_only_listed(monkeypatch):
    """Both ways of sampling longer paths are met by the tests above; here only the first."""

    def never(walks, pairs, most, rng):
        assert len(pairs) == 0
        return np.empty((2, 0), dtype=np.int64)

    monkeypatch.setattr("pipeline.paths.sampling._from_all_walks", never)
    (found,) = sampled(crowd(), 0, [200], max_hops=7, most=5)
    assert len(set(found)) == 5


@pytest.mark.parametrize("block", [1, 7])
def test_small_blocks_change_nothing(monkeypatch, block):
    small = crowd(history=3, genres=2)
    expected = [sampled(small, 0, [200, 100], max_hops=5, most=most) for most in (2, 10**6)]
    monkeypatch.setattr("pipeline.paths.sampling._BLOCK", block)
    found = [sampled(small, 0, [200, 100], max_hops=5, most=most) for most in (2, 10**6)]
    assert found[1] == expected[1]
    assert [len(paths) for paths in found[0]] == [2, 2]


def test_more_walks_than_can_be_counted_are_refused(monkeypatch):
    monkeypatch.setattr("pipeline.paths.walks._MOST_WALKS", 10.0)
    with pytest.raises(OverflowError):
        sampled(crowd(), 0, [200], max_hops=7)


@pytest.mark.parametrize("most", [1, 5, 64, 65, 100])
def test_ranks_are_distinct_ascending_and_within_their_totals(most):
    totals = np.array([0, 3, most, most + 1, 1000])
    places, ranks = sample_ranks(totals, most, np.random.default_rng(0))
    assert np.bincount(places, minlength=5).tolist() == np.minimum(totals, most).tolist()
    for place in range(5):
        chosen = ranks[places == place]
        assert (np.diff(chosen) > 0).all()
        assert ((chosen >= 0) & (chosen < totals[place])).all()


def test_every_set_of_ranks_has_the_same_chance():
    _, ranks = sample_ranks(np.full(6000, 5), 3, np.random.default_rng(3))
    counts = Counter(map(tuple, ranks.reshape(-1, 3).tolist()))
    assert len(counts) == 10
    assert stats.chisquare(list(counts.values())).pvalue > 0.001
