"""Reads the numbers that derived relationships stand for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline.graph import Graph
from pipeline.queries import load_query


def read_people(
    graph: Graph, pairs: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, int, str, int | None]]:
    """Yield source, target, type and number of the derived relationships between some entities.

    The number is that of the users behind a relationship between movies, or of the movies that two
    users share. Graphs of earlier versions have none.

    Args:
        graph: an open graph.
        pairs: entityIds of sources and targets, which are few for each source.
    """
    targets_of: dict[int, list[int]] = {}
    for source, target in sorted(set(pairs)):
        targets_of.setdefault(source, []).append(target)
    ends = [{"source": source, "targets": targets} for source, targets in targets_of.items()]
    for source, *lists in graph.rows(load_query("read/people"), ends=ends):
        for target, relation, number in zip(*lists, strict=True):
            yield source, target, relation, None if number < 0 else number
