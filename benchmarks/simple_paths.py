"""NetworkX as the reference of path extraction: all_simple_paths, one pair at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import networkx as nx

from benchmarks.pairing import Block
from model.arrays import Integers


class OutOfTimeError(Exception):
    """The paths of a pair took too long."""


def count_paths(
    graph: nx.Graph, source: object, target: object, cutoff: int, deadline: float = float("inf")
) -> int:
    """Count the simple paths of at most ``cutoff`` relationships by listing them.

    Raises:
        OutOfTimeError: ``deadline``, a time of time.perf_counter, has passed.
    """
    number = 0
    for _ in nx.all_simple_paths(graph, source, target, cutoff):
        number += 1
        if time.perf_counter() > deadline:
            raise OutOfTimeError
    return number


class AttributePaths:
    """The movies with their attributes, and the history of one user at a time.

    Other users' ratings are left out, as on the paths that RKAN reads by default, and so is the
    rating of the pair itself.

    Args of the constructor:
        edges: int64 [E, 2], (movie, attribute).
    """

    def __init__(self, edges: Integers) -> None:
        self._graph = nx.Graph(edges.tolist())

    @contextmanager
    def of(self, user: int, history: Iterable[int], movie: int) -> Iterator[nx.Graph]:
        """Return the graph of one pair."""
        self._graph.add_nodes_from((user, movie))
        self._graph.add_edges_from((user, each) for each in history if each != movie)
        try:
            yield self._graph
        finally:
            self._graph.remove_node(user)


def candidate_graph(
    user: int,
    seen: Sequence[int],
    edges: Integers,
    movie_links: Iterable[Sequence[int]],
    user_links: Iterable[tuple[int, int, Iterable[int]]],
) -> nx.DiGraph:
    """Return a graph that has one user's paths of the default network, and no others.

    A movie is one node where a path passes through it, ("seen", movie), and another where a path
    ends, ("asked", movie). All relationships point from the user to the candidates.

    Args:
        user: the user.
        seen: movies that the paths may go through.
        edges: int64 [E, 2], (movie, attribute).
        movie_links: source and target of the derived relationships between movies.
        user_links: other user, movie that both watched, and what the other user watched next.
    """
    graph = nx.DiGraph()
    graph.add_edges_from((user, ("seen", movie)) for movie in seen)
    passed = set(seen)
    graph.add_edges_from((("seen", a), ("asked", b)) for a, b in movie_links if a in passed)
    for movie, attribute in edges.tolist():
        graph.add_edge(attribute, ("asked", movie))
        if movie in passed:
            graph.add_edge(("seen", movie), attribute)
    for other, movie, following in user_links:
        if movie in passed:
            graph.add_edge(("seen", movie), other)
            graph.add_edges_from((other, ("asked", each)) for each in following)
    return graph


def until(seconds: float, pairs: Iterable[Callable[[float], int]]) -> Block:
    """Run one call per pair, each with the deadline, until all are done or time runs out."""
    started = time.perf_counter()
    done = 0
    for count in pairs:
        try:
            count(started + seconds)
        except OutOfTimeError:
            return Block(done + 1, time.perf_counter() - started, gave_up=True)
        done += 1
    return Block(done, time.perf_counter() - started)
