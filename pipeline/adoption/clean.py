"""Removes everything that the pipeline added to a graph of someone else, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import GraphContentError
from pipeline.graph import Graph
from pipeline.progress import progress_bar
from pipeline.queries import load_query
from pipeline.schema import DESCRIBED, MOVIELENS

_NODES = 5_000  # per transaction
_RELATIONSHIPS = 50_000  # per transaction


@dataclass(frozen=True)
class CleanSummary:
    """What was removed, in plain values for JSON.

    Attributes:
        nodes: nodes that kept what is their owner's and lost what the pipeline had added.
        relationships: relationships that the pipeline had added.
        indexes: indexes and constraints that it had created.
    """

    nodes: int
    relationships: int
    indexes: int


def clean_graph(graph: Graph) -> CleanSummary:
    """Remove labels, properties, relationships, runs, constraints and indexes of the pipeline.

    A repeated call goes on where an interrupted one stopped. Afterwards the graph has no
    description.

    Raises:
        GraphContentError: pipeline load-kg has loaded this graph.
    """
    if graph.schema is MOVIELENS:
        graph.schema = DESCRIBED  # a cleaning that was interrupted may have left something
        if not graph.read(load_query("read/any_entity"))[0]["found"] and not _indexes(graph):
            graph.schema = MOVIELENS
            raise GraphContentError(
                "there is nothing to clean: pipeline split has added nothing to this graph"
            )
    relationships = nodes = 0
    with progress_bar("removing relationships") as advance:
        query = load_query("load/remove_relationships")
        while gone := graph.write(query, limit=_RELATIONSHIPS):
            relationships += gone["relationships_deleted"]
            advance(gone["relationships_deleted"])
    graph.write(load_query("adopt/clean_own"))
    with progress_bar("cleaning nodes") as advance:
        query = load_query("adopt/clean_nodes")
        while gone := graph.write(query, limit=_NODES):
            cleaned = gone["labels_removed"] // 2  # what it is, and that it is an entity
            nodes += cleaned
            advance(cleaned)
    indexes = _indexes(graph)
    for name, constraint in indexes:
        drop = "adopt/drop_index" if constraint is None else "adopt/drop_constraint"
        graph.write(load_query(drop), name=name)
    graph.schema = MOVIELENS
    return CleanSummary(nodes, relationships, len(indexes))


def _indexes(graph: Graph) -> list[tuple[str, str | None]]:
    rows = graph.read(load_query("adopt/indexes"), prefix=f"{DESCRIBED.prefix.lower()}_")
    return [(row["name"], row["constraint"]) for row in rows]
