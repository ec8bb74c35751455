"""The writes of a load and of a removal, in bounded transactions that can be repeated."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from pipeline.content.dataset import Dataset
from pipeline.errors import ConflictError, GraphContentError
from pipeline.graph import BATCH_SIZE, Graph
from pipeline.load.transform import GraphTables
from pipeline.progress import progress_bar, say
from pipeline.queries import load_query
from pipeline.schema import ACTED_IN, DIRECTED, IN_GENRE, MOVIELENS, WROTE

if TYPE_CHECKING:
    from pandas import DataFrame

_CONSTRAINTS = ("user", "movie", "person", "genre", "entity", "run", "dataset")
_NODES = {
    MOVIELENS.movie: "load/movies",
    MOVIELENS.user: "load/users",
    MOVIELENS.person: "load/persons",
    MOVIELENS.genre: "load/genres",
}
_RELATIONSHIPS = {
    IN_GENRE: "load/in_genre",
    DIRECTED: "load/directed",
    WROTE: "load/wrote",
    ACTED_IN: "load/acted_in",
}
_RATINGS = {
    MOVIELENS.rated: "load/rated",
    MOVIELENS.held_out: "load/held_out",
}
_REMOVED_RELATIONSHIPS = 50_000  # per transaction
_REMOVED_NODES = 2_000  # per transaction, each with all its remaining relationships


def count_graph(graph: Graph) -> tuple[dict[str, int], dict[str, int]]:
    """Return label -> number of nodes, and type -> number of relationships."""
    nodes = graph.read(load_query("read/node_counts"))
    relationships = graph.read(load_query("read/relationship_counts"))
    return (
        {row["label"]: row["number"] for row in nodes},
        {row["type"]: row["number"] for row in relationships},
    )


def remove_graph(graph: Graph) -> None:
    """Remove what the pipeline wrote, in bounded transactions. A repeated call resumes it."""
    say("removing the graph's current data")
    graph.write(load_query("load/remove_begin"))
    relationships, nodes = load_query("load/remove_relationships"), load_query("load/remove_nodes")
    with progress_bar("removing relationships") as advance:
        while gone := graph.write(relationships, limit=_REMOVED_RELATIONSHIPS):
            advance(gone["relationships_deleted"])
    with progress_bar("removing nodes") as advance:
        while gone := graph.write(nodes, limit=_REMOVED_NODES):
            advance(gone["nodes_deleted"])
    graph.write(load_query("load/remove_end"))


def write_graph(graph: Graph, dataset: Dataset, content: GraphTables) -> None:
    """Write everything that is missing: constraints, nodes, relationships.

    Raises:
        GraphContentError: the graph holds more or less than it should.
    """
    try:
        _write_all(graph, dataset, content)
    except ConflictError as error:
        raise GraphContentError(
            f"{dataset.name} does not fit what the graph holds: {error}; "
            "use --replace to load it again"
        ) from error
    difference = find_difference(graph, content)
    if difference:
        raise GraphContentError(
            f"after loading {dataset.name} the graph has {difference}: something else wrote to it; "
            "use --replace to load it again"
        )
    graph.write(load_query("load/end"), name=dataset.name)


def begin_load(graph: Graph, dataset: Dataset) -> None:
    """Mark the beginning of a load: until its end, the data set counts as partly loaded."""
    graph.write(load_query("load/begin"), **dataset_values(dataset))


def dataset_values(dataset: Dataset) -> dict[str, Any]:
    """Return the properties of the Dataset node, as the parameters of load/begin."""
    return {
        "name": dataset.name,
        "dataHash": dataset.data_hash,
        "testFraction": dataset.test_fraction,
        "split": dataset.split,
        "tieSeed": dataset.tie_seed,
        "numUsers": dataset.num_users,
        "numMovies": dataset.num_movies,
        "numEntities": dataset.num_entities,
    }


def _write_all(graph: Graph, dataset: Dataset, content: GraphTables) -> None:
    for name in _CONSTRAINTS:
        graph.write_schema(load_query(f"schema/constraint_{name}"))
    begin_load(graph, dataset)
    for label, query in _NODES.items():
        _write_rows(graph, query, label, content.nodes[label])
    for kind, query in _RELATIONSHIPS.items():
        _write_rows(graph, query, kind, content.relationships[kind])
    for kind, query in _RATINGS.items():
        write_ratings(graph, query, kind, content.relationships[kind])


def find_difference(graph: Graph, content: GraphTables) -> str | None:
    """Describe the first count in which the graph differs from ``content``; None if all match."""
    nodes, relationships = count_graph(graph)
    actual = {**nodes, **relationships}
    wanted = {name: len(frame) for name, frame in (content.nodes | content.relationships).items()}
    wanted[MOVIELENS.entity] = content.num_entities
    for name, number in wanted.items():
        if actual[name] != number:
            return f"{actual[name]:,} {name} instead of {number:,}"
    return None


def _write_rows(graph: Graph, query: str, label: str, frame: DataFrame) -> None:
    with progress_bar(label, len(frame)) as advance:
        graph.write_batches(load_query(query), plain_rows(frame), advance=advance)


def write_ratings(graph: Graph, query: str, kind: str, ratings: DataFrame) -> None:
    """Write ratings in transactions of whole users; see the query."""
    with progress_bar(kind, len(ratings)) as advance:
        users: list[dict[str, Any]] = []
        waiting = 0
        for user, rows in groupby(plain_rows(ratings), key=itemgetter("userId")):
            users.append({"userId": user, "ratings": list(rows)})
            waiting += len(users[-1]["ratings"])
            if waiting >= BATCH_SIZE:
                graph.write(load_query(query), rows=users)
                advance(waiting)
                users, waiting = [], 0
        if users:
            graph.write(load_query(query), rows=users)
            advance(waiting)


def plain_rows(frame: DataFrame) -> Iterator[dict[str, Any]]:
    """Yield the rows as plain values, None for missing ones, converting BATCH_SIZE at a time."""
    names = list(frame.columns)
    for first in range(0, len(frame), BATCH_SIZE):
        part = frame.iloc[first : first + BATCH_SIZE]
        columns = [
            [None if missing else value for value, missing in zip(values, absent, strict=True)]
            if any(absent)
            else values
            for values, absent in ((part[n].tolist(), part[n].isna().tolist()) for n in names)
        ]
        for values in zip(*columns, strict=True):
            yield dict(zip(names, values, strict=True))
