"""The join and NetworkX find the paths that brute force finds."""

import numpy as np
import pytest
from hypothesis import given

from benchmarks.join import ArrayJoin
from benchmarks.simple_paths import (
    AttributePaths,
    OutOfTimeError,
    candidate_graph,
    count_paths,
    until,
)
from benchmarks.stages.paths_of_candidates import count_expanded
from pipeline.content.histories import Histories
from pipeline.ids import EntityId, EntityIds, UserIds
from pipeline.paths.expansion import Asked
from tests.support import eight_movies as films
from tests.support.path_graphs import SmallGraph, eight_movies, small_graphs


def histories_of(graph: SmallGraph) -> Histories:
    users = sorted(graph.users)
    rows = [graph.history(user) for user in users]
    movies = np.array([movie for row in rows for movie in row], dtype=np.int32)
    return Histories(
        UserIds(np.array(users, dtype=np.int64)),
        EntityIds(np.array(users, dtype=np.int64)),
        np.cumsum([0, *map(len, rows)], dtype=np.int64),
        movies,
        np.array([place for row in rows for place in range(len(row))], dtype=np.int64),
        np.full(len(movies), np.nan, dtype=np.float32),
    )


def edges_of(graph: SmallGraph):
    found = [(movie, attribute) for movie, attribute, _ in graph.attributes]
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def joined(graph: SmallGraph):
    """(user, movie) -> the paths of this pair, all pairs at once."""
    histories = histories_of(graph)
    rows = np.repeat(np.arange(len(histories)), len(graph.movies))
    movies = np.tile(np.array(graph.movies, dtype=np.int64), len(histories))
    last = max([*graph.users, *graph.movies, *graph.persons, *graph.genres])
    found = ArrayJoin(histories, edges_of(graph), last + 1).paths(rows, movies)
    paths: dict[tuple[int, int], list[tuple[int, ...]]] = {
        (int(histories.user_entities[row]), int(movie)): []
        for row, movie in zip(rows, movies, strict=True)
    }
    pairs = list(paths)
    for path, pair in zip(found.entities.tolist(), found.pairs.tolist(), strict=True):
        paths[pairs[pair]].append(tuple(path))
    return paths


@given(small_graphs())
def test_the_join_lists_each_path_once(graph):
    for (user, movie), paths in joined(graph).items():
        assert len(paths) == len(set(paths))
        assert set(paths) == graph.paths(user, movie, 3, False)


def test_the_join_by_eye():
    paths = joined(eight_movies())
    assert paths[0, 13] == [(0, 10, 20, 13), (0, 11, 20, 13)]
    assert paths[0, 10] == [(0, 11, 20, 10)]  # not over the rating that is asked for
    assert paths[1, 17] == []


@pytest.mark.parametrize("hops", [3, 5, 7])
@given(graph=small_graphs())
def test_networkx_counts_the_same_paths(hops, graph):
    paths = AttributePaths(edges_of(graph))
    for user in graph.users:
        for movie in graph.movies:
            with paths.of(user, graph.history(user), movie) as pair:
                found = count_paths(pair, user, movie, hops)
            assert found == len(graph.paths(user, movie, hops, False))


def test_the_paths_of_candidates_are_those_of_the_expansion():
    source = films.source({0: [films.E, films.B, films.A], **films.OTHERS})
    candidates = np.array([films.D, films.C, films.G, films.H], dtype=np.int64)
    [found] = source.expand([Asked(EntityId(0), 0, 9, EntityIds(candidates))])
    links = [pair for pairs in films.DERIVED.values() for pair in pairs]
    following = [
        (other, movie, films.OTHERS[other][after + 1 : last + 1])
        for (_, other), (_, after, last, movie) in films.ALIKE.items()
    ]
    edges = np.array([edge[:2] for edge in films.EDGES], dtype=np.int64)
    graph = candidate_graph(0, [films.E, films.B, films.A], edges, links, following)
    listed = [count_paths(graph, 0, ("asked", movie), 3) for movie in candidates.tolist()]
    assert count_expanded(found, len(candidates)).tolist() == listed
    assert listed[0] == 2 + 2 + 2  # A and B by derived relationships, A and B by genre, two users


def test_listing_gives_up_when_time_runs_out():
    paths = AttributePaths(edges_of(eight_movies()))
    with paths.of(0, [10, 11, 12], 13) as pair, pytest.raises(OutOfTimeError):
        count_paths(pair, 0, 13, 3, deadline=0.0)

    def slow(deadline):
        raise OutOfTimeError

    finished = until(60, [lambda deadline: 1, lambda deadline: 2])
    stopped = until(60, [lambda deadline: 1, slow, slow])
    assert (finished.units, finished.gave_up) == (2, False)
    assert (stopped.units, stopped.gave_up) == (2, True)
