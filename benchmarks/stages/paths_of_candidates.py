"""The paths of the default network: of a user's candidates, over six kinds of relationships."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import networkx as nx
import numpy as np

from benchmarks.bench import Bench, Content
from benchmarks.errors import DifferentResultsError
from benchmarks.pairing import Block, Figure, timed
from benchmarks.raw import own_query
from benchmarks.simple_paths import candidate_graph, count_paths, until
from model.arrays import Integers
from pipeline.graph import Graph
from pipeline.ids import EntityId, EntityIds
from pipeline.networks.rkan_history.config import HistoryRunConfig
from pipeline.networks.rkan_history.derived import paths_of
from pipeline.paths.expansion import Expansion
from pipeline.paths.movies import movie_table
from pipeline.paths.weighted import USERS_PER_CHUNK, AskedList, WeightedPaths

_CUTOFF = 3
_LISTED = 5  # candidates of each user that NetworkX lists paths to


def candidate_paths(bench: Bench, content: Content) -> Iterator[Figure]:
    """Measure the paths of popular movies that the users have not watched."""
    sample = CandidateSample(bench.graph, content, bench.size(128, 1024), bench.size(2, 8))
    found = bench.measure(timed(sample.read), sample.list_few)
    sample.check()
    for name, rounds in (("cold", [found.first]), ("warm", found.rounds)):
        yield Figure(
            "paths",
            f"RKAN-history, {name}",
            "pairs/s",
            [own for own, _ in rounds],
            "NetworkX",
            [other for _, other in rounds],
            peaks=found.peaks,
        )


class CandidateSample:
    """Users with candidates, and a few of them for NetworkX."""

    def __init__(self, graph: Graph, content: Content, users: int, listed: int) -> None:
        self._graph, self._content = graph, content
        self._histories, self._config = content.histories, HistoryRunConfig()
        self._movies = movie_table(content.catalogue)
        watched = self._movies.rows(self._histories.movies)
        popularity = np.bincount(watched, minlength=len(self._movies.ids))
        self._source = paths_of(graph, self._config, self._histories, early=False)
        config = self._config.paths
        self._paths = WeightedPaths(self._source.scales(), self._movies, config, popularity)
        rng = np.random.default_rng(0)
        rows = np.flatnonzero(self._histories.sizes > 0)
        rows = np.sort(rng.choice(rows, min(users, len(rows)), replace=False))
        order = np.argsort(-popularity, kind="stable")
        order = order[popularity[order] > 0]
        self.asked = [self._list(int(row), order) for row in rows]
        self._few = self.asked[:listed]
        self._graphs = [self._candidate_graph(int(row)) for row in rows[:listed]]

    def read(self) -> int:
        """Read the paths, choose the strongest and compute their features; return the pairs."""
        for start in range(0, len(self.asked), USERS_PER_CHUNK):
            part = self.asked[start : start + USERS_PER_CHUNK]
            self._paths.lists(part, self._source.expand([self._paths.asked(one) for one in part]))
        return sum(len(one.candidates) for one in self.asked)

    def list_few(self) -> Block:
        """List the paths of a few users' first candidates with NetworkX."""
        calls = (
            partial(count_paths, graph, one.user, ("asked", movie), _CUTOFF)
            for one, graph in zip(self._few, self._graphs, strict=True)
            for movie in self._movies.entities(one.candidates[:_LISTED]).tolist()
        )
        return until(float("inf"), calls)

    def check(self) -> None:
        """Check that both find the same number of paths to these candidates.

        Raises:
            DifferentResultsError: they do not.
        """
        found = self._source.expand([self._paths.asked(one) for one in self._few])
        for one, graph, expansion in zip(self._few, self._graphs, found, strict=True):
            counts = count_expanded(expansion, len(one.candidates))[:_LISTED].tolist()
            movies = self._movies.entities(one.candidates[:_LISTED]).tolist()
            listed = [count_paths(graph, one.user, ("asked", m), _CUTOFF) for m in movies]
            if counts != listed:
                raise DifferentResultsError(f"the graph has {counts} paths, NetworkX {listed}")

    def _list(self, row: int, popular: Integers) -> AskedList:
        histories = self._histories
        history = self._movies.rows(histories.movies_of(row))[::-1]
        candidates = popular[~np.isin(popular, history)][: self._config.paths.candidates]
        nothing = np.zeros(len(candidates), dtype=np.float32)
        user = EntityId(int(histories.user_entities[row]))
        bounds = histories.bounds_of(row, self._config.paths.history)
        mean = histories.mean_rating(row)
        return AskedList(user, bounds, history, mean, candidates, nothing, nothing)

    def _candidate_graph(self, row: int) -> nx.DiGraph:
        histories = self._histories
        user, seen = int(histories.user_entities[row]), histories.movies_of(row).tolist()
        seen = seen[-self._config.paths.history :]
        links = self._graph.stream(own_query("movie_links"), movies=seen)
        users = self._graph.stream(own_query("user_links"), users=[user])
        following = [
            (other, movie, self._between(other, after, last))
            for _, other, movie, after, last in users
        ]
        return candidate_graph(user, seen, self._content.catalogue.edges, links, following)

    def _between(self, other: int, after: int, last: int) -> list[int]:
        """Return what a user watched after one position and up to another."""
        histories = self._histories
        (row,) = histories.rows_of(EntityIds(np.array([other], dtype=np.int64))).tolist()
        own = slice(histories.offsets[row], histories.offsets[row + 1])
        chosen = (histories.positions[own] > after) & (histories.positions[own] <= last)
        return [int(movie) for movie in histories.movies[own][chosen]]


def count_expanded(found: Expansion, columns: int) -> Integers:
    """Return the number of paths to each candidate; parallel relationships make one path."""
    links, shared, through = found.links.values(), found.shared, found.through
    derived = _distinct(
        np.concatenate([each.ages for each in links]),
        np.concatenate([each.columns for each in links]),
    )
    watched = np.bincount(_distinct(shared.ages, shared.age_rows)[1], minlength=1)
    asked = _distinct(shared.column_rows, shared.columns)
    others = _distinct(through.ages, through.others, through.columns)
    counts = np.bincount(asked[1], watched[asked[0]], columns)
    for ends in (derived[1], others[2]):
        counts += np.bincount(ends, minlength=columns)
    return counts.astype(np.int64)


def _distinct(*columns: Integers) -> Integers:
    return np.unique(np.stack(columns), axis=1)
