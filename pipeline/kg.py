"""Loads a data set into the graph: constraints, then nodes, then relationships.

Every write is keyed, so a load that was interrupted is simply run again. The Dataset node says
which data set the graph holds and whether all of it is there.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.dataset import Dataset, find_dataset
from pipeline.errors import GraphContentError
from pipeline.graph import BATCH_SIZE, Graph
from pipeline.progress import progress_bar, say
from pipeline.quarantine import write_quarantine
from pipeline.queries import load_query
from pipeline.schema import MOVIELENS
from pipeline.sources.tables import SourceTables
from pipeline.transform import GraphTables, graph_tables

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
    MOVIELENS.in_genre: "load/in_genre",
    MOVIELENS.directed: "load/directed",
    MOVIELENS.wrote: "load/wrote",
    MOVIELENS.acted_in: "load/acted_in",
    MOVIELENS.rated: "load/rated",
    MOVIELENS.held_out: "load/held_out",
}
_REMOVED_RELATIONSHIPS = 50_000  # in one transaction
_REMOVED_NODES = 2_000  # in one transaction, each with all its remaining relationships


@dataclass(frozen=True)
class LoadSummary:
    """What a load did and what the graph holds now; plain values, ready for JSON.

    Attributes:
        dataset: name of the data set in the graph.
        source: which source was read.
        data_hash: hash of the data set in the graph.
        test_fraction: part of each user's ratings that is held out.
        unchanged: the graph held this very data set already and nothing was written.
        nodes: label -> number in the graph.
        relationships: type -> number in the graph.
        users: number of users.
        movies: number of movies.
        train_ratings: RATED relationships.
        test_ratings: HELD_OUT relationships.
        movies_without_attributes: movies with no genre and no person.
        rows_read: rows of the ratings and movies files, ``rows_loaded`` + ``rows_refused``.
        rows_loaded: rows that are in the graph.
        rows_refused: rows that cannot be used.
        quarantine: file with the refused rows; None when there are none.
        seconds: time of the load, without reading the source.
    """

    dataset: str
    source: str
    data_hash: str
    test_fraction: float
    unchanged: bool
    nodes: dict[str, int]
    relationships: dict[str, int]
    users: int
    movies: int
    train_ratings: int
    test_ratings: int
    movies_without_attributes: int
    rows_read: int
    rows_loaded: int
    rows_refused: int
    quarantine: str | None
    seconds: float


def load_kg(
    graph: Graph,
    tables: SourceTables,
    *,
    test_fraction: float = 0.2,
    replace: bool = False,
    quarantine: Path,
) -> LoadSummary:
    """Load ``tables`` into the graph; loading the same again changes nothing.

    Args:
        graph: an open database; nodes with labels that are not the pipeline's are left alone.
        tables: what a source read.
        test_fraction: part of each user's ratings to hold out, in [0, 1).
        replace: remove another data set, with its runs and recommendations, if there is one.
        quarantine: folder for the file of refused rows.

    Raises:
        ConfigError: ``test_fraction`` is not in [0, 1).
        GraphContentError: the graph holds something else, and ``replace`` is not set.
        DatabaseError: the database failed; run the same load again to go on.
    """
    started = time.perf_counter()
    wanted = graph_tables(tables, test_fraction)
    dataset = Dataset(
        name=tables.name,
        data_hash=wanted.data_hash,
        test_fraction=float(test_fraction),
        num_users=len(wanted.nodes[MOVIELENS.user]),
        num_movies=len(wanted.nodes[MOVIELENS.movie]),
        num_entities=wanted.num_entities,
    )
    held = find_dataset(graph)
    if held and held[0].data_hash == dataset.data_hash:
        dataset = held[0]  # the name that this content was first loaded under
    unchanged, obstacle = _compare(graph, held, dataset, wanted)
    if obstacle:
        if not replace:
            raise GraphContentError(obstacle)
        _remove(graph)
    if not unchanged:
        _write(graph, dataset, wanted)
    file = write_quarantine(quarantine, tables.name, tables.refused)
    nodes, relationships = _counts(graph)
    return LoadSummary(
        dataset=dataset.name,
        source=tables.description,
        data_hash=dataset.data_hash,
        test_fraction=dataset.test_fraction,
        unchanged=unchanged,
        nodes={label: nodes[label] for label in wanted.nodes},
        relationships={kind: relationships[kind] for kind in wanted.relationships},
        users=nodes[MOVIELENS.user],
        movies=nodes[MOVIELENS.movie],
        train_ratings=relationships[MOVIELENS.rated],
        test_ratings=relationships[MOVIELENS.held_out],
        movies_without_attributes=wanted.movies_without_attributes,
        rows_read=tables.rows_read,
        rows_loaded=tables.rows_read - len(tables.refused),
        rows_refused=len(tables.refused),
        quarantine=str(file) if file else None,
        seconds=round(time.perf_counter() - started, 2),
    )


def _compare(
    graph: Graph, found: tuple[Dataset, bool] | None, wanted: Dataset, content: GraphTables
) -> tuple[bool, str | None]:
    """Whether the graph holds ``wanted`` in full already, and else what stands in its way."""
    nodes, relationships = _counts(graph)
    if found is None:
        foreign = ", ".join(f"{number:,} {label}" for label, number in nodes.items() if number)
        if foreign:
            return False, (
                f"the graph holds nodes that no load-kg wrote ({foreign}); use another database "
                "(NEO4J_DATABASE), or give --replace to DELETE them and load "
                f"{wanted.name}"
            )
        return False, None
    held, complete = found
    if held.data_hash != wanted.data_hash:
        part = "" if complete else "a part of "
        return False, (
            f"the graph holds {part}{held}, not {wanted}; "
            f"give --replace to put {wanted.name} in its place"
        )
    if not complete:
        say(f"the graph holds a part of {held.name}: going on where the load was interrupted")
        return False, None
    actual = {**nodes, **relationships}
    for name, frame in {**content.nodes, **content.relationships}.items():
        if actual[name] != len(frame):
            return False, (
                f"the graph should hold {held} but has {actual[name]:,} {name} instead of "
                f"{len(frame):,}: it was changed; give --replace to load it afresh"
            )
    return True, None


def _counts(graph: Graph) -> tuple[dict[str, int], dict[str, int]]:
    nodes = graph.read(load_query("read/node_counts"))
    relationships = graph.read(load_query("read/relationship_counts"))
    return (
        {row["label"]: row["number"] for row in nodes},
        {row["type"]: row["number"] for row in relationships},
    )


def _remove(graph: Graph) -> None:
    """Remove what the pipeline wrote, in bounded transactions; may be interrupted and run again."""
    say("removing what the graph holds")
    graph.write(load_query("load/remove_begin"))
    relationships, nodes = load_query("load/remove_relationships"), load_query("load/remove_nodes")
    with progress_bar("removing relationships") as advance:
        while gone := graph.write(relationships, limit=_REMOVED_RELATIONSHIPS):
            advance(gone["relationships_deleted"])
    with progress_bar("removing nodes") as advance:
        while gone := graph.write(nodes, limit=_REMOVED_NODES):
            advance(gone["nodes_deleted"])
    graph.write(load_query("load/remove_end"))


def _write(graph: Graph, dataset: Dataset, content: GraphTables) -> None:
    for name in _CONSTRAINTS:
        graph.write(load_query(f"schema/constraint_{name}"))
    graph.write(
        load_query("load/begin"),
        name=dataset.name,
        dataHash=dataset.data_hash,
        testFraction=dataset.test_fraction,
        numUsers=dataset.num_users,
        numMovies=dataset.num_movies,
        numEntities=dataset.num_entities,
    )
    for label, query in _NODES.items():
        _write_rows(graph, query, label, content.nodes[label])
    for kind, query in _RELATIONSHIPS.items():
        _write_rows(graph, query, kind, content.relationships[kind])
    graph.write(load_query("load/end"), name=dataset.name)


def _write_rows(graph: Graph, query: str, label: str, frame: DataFrame) -> None:
    with progress_bar(label, len(frame)) as advance:
        graph.write_batches(load_query(query), _rows(frame), advance=advance)


def _rows(frame: DataFrame) -> Iterator[dict[str, Any]]:
    """The rows as plain values, None where one is missing; some thousand are held at a time."""
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
