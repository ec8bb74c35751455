"""Load a data set into the graph: constraints, then nodes, then relationships.

Every write is keyed, so running an interrupted load again resumes it. The Dataset node records
which data set the graph holds and whether it is complete.
"""

from __future__ import annotations

import dataclasses
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pipeline.content.dataset import Dataset, find_datasets
from pipeline.content.splits import PER_USER, SplitKind
from pipeline.errors import GraphContentError
from pipeline.graph import Graph
from pipeline.load.lock import load_lock
from pipeline.load.quarantine import write_quarantine, write_review
from pipeline.load.transform import GraphTables, graph_tables
from pipeline.load.writes import count_graph, find_difference, remove_graph, write_graph
from pipeline.progress import say
from pipeline.queries import load_query
from pipeline.schema import MOVIELENS
from pipeline.sources.tables import SourceTables


@dataclass(frozen=True)
class LoadSummary:
    """The result of a load and the contents of the graph, as plain values ready for JSON.

    Attributes:
        dataset: name of the data set in the graph.
        source: description of the source that was read.
        data_hash: hash of the data set in the graph.
        test_fraction: fraction of each user's ratings, or of all ratings, that is held out.
        split: "per-user-time" or "global-time".
        tie_seed: seed for the order of a user's equal timestamps; None keeps the input order.
        unchanged: True if the graph already held this data set and nothing was written.
        nodes: label -> number in the graph.
        relationships: type -> number in the graph.
        users: number of users.
        movies: number of movies.
        train_ratings: RATED relationships.
        test_ratings: HELD_OUT relationships.
        movies_without_attributes: movies with no genre and no person.
        rows_read: rows of the ratings and movies files: ``rows_loaded`` + ``rows_refused``.
        rows_loaded: rows of these files that are in the graph.
        rows_refused: unusable rows.
        quarantine: file with the refused rows; None if there are none.
        links: a line for each catalogue whose facts were joined to the movies.
        review: file with the uncertain links; None if there are none.
        seconds: duration of the load, without reading the source.
    """

    dataset: str
    source: str
    data_hash: str
    test_fraction: float
    split: SplitKind
    tie_seed: int | None
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
    links: list[str]
    review: str | None
    seconds: float


def load_kg(
    graph: Graph,
    tables: SourceTables,
    *,
    test_fraction: float = 0.2,
    split: SplitKind = PER_USER,
    tie_seed: int | None = None,
    replace: bool = False,
    quarantine: Path,
) -> LoadSummary:
    """Load ``tables`` into the graph. Loading the same tables again changes nothing.

    Args:
        graph: an open database; nodes with labels other than the pipeline's are left alone.
        tables: the tables of a source.
        test_fraction: fraction of each user's ratings, or of all ratings, to hold out, in [0, 1).
        split: hold out the end of each user's history, or all ratings after one point in time.
        tie_seed: seed for the order of a user's equal timestamps; None keeps the input order.
        replace: first remove whatever else the graph holds, with its runs and recommendations,
            and what is left of an interrupted load.
        quarantine: folder for the file of refused rows.

    Raises:
        ConfigError: the ratings cannot be split this way; see split_ratings.
        GraphContentError: the graph holds something else and ``replace`` is not set.
        LockedError: another load is going on.
        DatabaseError: the database failed; run the same load again to resume it.
    """
    started = time.perf_counter()
    if graph.schema is not MOVIELENS:
        raise GraphContentError(
            "the database holds a graph that pipeline split has prepared; use another database "
            "(NEO4J_DATABASE), or run: pipeline clean"
        )
    wanted = graph_tables(tables, test_fraction, split, tie_seed)
    dataset = Dataset(
        name=tables.name,
        data_hash=wanted.data_hash,
        test_fraction=float(test_fraction),
        num_users=len(wanted.nodes[MOVIELENS.user]),
        num_movies=len(wanted.nodes[MOVIELENS.movie]),
        num_entities=wanted.num_entities,
        split=split,
        tie_seed=tie_seed,
    )
    state = _compare(graph, dataset, wanted)
    with ExitStack() as stack:
        # A graph of others is refused without a trace in it.
        if not state.unchanged and (replace or state.partial or not state.obstacle):
            stack.enter_context(load_lock(graph))
            state = _compare(graph, dataset, wanted)  # another load may just have ended
        if state.obstacle and not replace:
            raise GraphContentError(state.obstacle)
        # Fail on an unwritable folder before the graph is touched.
        file = write_quarantine(quarantine, tables.name, tables.refused)
        review = write_review(quarantine, tables.name, tables.links)
        dataset = dataclasses.replace(dataset, name=state.name)
        if state.obstacle or (replace and state.partial):
            remove_graph(graph)
        elif state.note:
            say(state.note)
        if not state.unchanged:
            write_graph(graph, dataset, wanted)
        nodes, relationships = count_graph(graph)
    return LoadSummary(
        dataset=dataset.name,
        source=tables.description,
        data_hash=dataset.data_hash,
        test_fraction=dataset.test_fraction,
        split=dataset.split,
        tie_seed=dataset.tie_seed,
        unchanged=state.unchanged,
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
        links=[report.line for report in tables.links],
        review=str(review) if review else None,
        seconds=round(time.perf_counter() - started, 2),
    )


class _State(NamedTuple):
    """What the graph holds, beside what it should hold."""

    name: str  # of the wanted content; the one under which it was first loaded
    unchanged: bool = False  # True if it holds all of it
    partial: bool = False  # True if a load, of this content or another, has begun and not ended
    obstacle: str | None = None  # why it cannot be loaded without --replace
    note: str | None = None  # what becomes of the graph's content otherwise


def _compare(graph: Graph, wanted: Dataset, content: GraphTables) -> _State:
    """Compare the graph with what it should hold."""
    found = find_datasets(graph)
    if not found:
        nodes, _ = count_graph(graph)
        foreign = ", ".join(f"{number:,} {label}" for label, number in nodes.items() if number)
        return _State(
            wanted.name,
            obstacle=f"the graph holds nodes that load-kg did not write ({foreign}); use another "
            f"database (NEO4J_DATABASE), or use --replace to DELETE them and load {wanted.name}"
            if foreign
            else None,
        )
    if len(found) > 1:
        names = ", ".join(held.name for held, _ in found)
        return _State(
            wanted.name,
            partial=True,
            obstacle=f"the graph holds parts of {len(found)} data sets ({names}), of which none "
            f"can be used; use --replace to load {wanted.name} instead",
        )
    [(held, complete)] = found
    if held.data_hash != wanted.data_hash or not held.name:
        part = "" if complete else "part of "
        return _State(
            wanted.name,
            partial=not complete,
            obstacle=f"the graph holds {part}{held}, not {wanted}; "
            f"use --replace to load {wanted.name} instead",
        )
    if not complete:
        note = f"the graph holds part of {held.name}: resuming the interrupted load"
        return _State(held.name, partial=True, note=note)
    difference = find_difference(graph, content)
    if difference:
        return _State(
            held.name,
            obstacle=f"the graph should hold {held} but has {difference}: the graph was changed; "
            "use --replace to load it again",
        )
    if graph.read(load_query("read/unnamed")):
        note = f"{held.name} was loaded by an earlier version: adding the names of its nodes"
        return _State(held.name, note=note)
    return _State(held.name, unchanged=True)
