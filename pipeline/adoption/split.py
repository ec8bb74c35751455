"""Prepares a graph of someone else: numbers its nodes and splits its interactions.

The owner's nodes keep their labels and properties and get some more, and the owner's relationships
stay as they are: what trains and what is held out becomes relationships beside them. All names that
are added begin with Rkan, so that ``pipeline clean`` finds them.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

from pipeline.adoption.clean import clean_graph
from pipeline.adoption.links import check_links
from pipeline.adoption.marks import MARKS, marks_of, ties_hash
from pipeline.adoption.reading import OwnerTables, read_owner
from pipeline.content.dataset import Dataset, find_datasets
from pipeline.content.splits import GLOBAL, PER_USER, SplitKind
from pipeline.description import Description
from pipeline.errors import ConfigError, GraphContentError
from pipeline.graph import Graph
from pipeline.load.lock import load_lock
from pipeline.load.transform import GraphTables, graph_tables
from pipeline.load.writes import begin_load, write_ratings
from pipeline.progress import progress_bar
from pipeline.queries import load_query
from pipeline.schema import MOVIELENS

_CONSTRAINTS = ("user", "movie", "person", "entity", "run", "dataset")


@dataclass(frozen=True)
class SplitSummary:
    """What was found in a graph of someone else, in plain values for JSON.

    Attributes:
        dataset: name of the data set.
        test_fraction: fraction of each user's interactions, or of all, that is held out.
        split: "per-user-time" or "global-time".
        users: number of users.
        items: number of items.
        attributes: number of attributes.
        train: interactions that train.
        held_out: interactions that are held out.
        repeated: later interactions of a user with the same item, which are left out.
        timed: False if the interactions have no time, so that their order was drawn.
        unchanged: True if the graph had been prepared in this way and nothing was written.
        seconds: wall time.
    """

    dataset: str
    test_fraction: float
    split: SplitKind
    users: int
    items: int
    attributes: int
    train: int
    held_out: int
    repeated: int
    timed: bool
    unchanged: bool
    seconds: float


def split_graph(
    graph: Graph,
    described: Description,
    *,
    test_fraction: float = 0.2,
    split: SplitKind = PER_USER,
    tie_seed: int | None = None,
    replace: bool = False,
) -> SplitSummary:
    """Prepare the described part of a graph. Doing so again changes nothing.

    Args:
        graph: an open graph; afterwards it has the names that ``described`` gives.
        described: its description.
        test_fraction: fraction of each user's interactions, or of all, to hold out, in [0, 1).
        split: hold out the end of each user's history, or all after one point in time.
        tie_seed: seed of the order of a user's equal times, and of all where there are no times.
        replace: first remove what an earlier call added, with its runs and recommendations.

    Raises:
        ConfigError: the interactions cannot be split this way.
        GraphContentError: the graph does not have what the description says, or has been prepared
            in another way and ``replace`` is not set.
        LockedError: another load is going on.
    """
    started = time.perf_counter()
    if graph.schema is MOVIELENS and find_datasets(graph):
        raise GraphContentError(
            "pipeline load-kg has loaded this graph, and every command works on it as it is; "
            "pipeline split is for graphs that something else has made"
        )
    timed = described.interaction.time is not None
    if split == GLOBAL and not timed:
        raise ConfigError(f"--split {GLOBAL} needs the time of interactions; use {PER_USER}")
    owner = read_owner(graph, described, order_seed=tie_seed or 0)
    check_links(graph, described)
    wanted = graph_tables(owner.tables, test_fraction, split, tie_seed)
    dataset = _dataset(described, wanted, float(test_fraction), split, tie_seed)
    unchanged = False
    if graph.schema is not MOVIELENS:
        unchanged = _compare(graph, dataset, replace)
    if not unchanged:
        if graph.schema is not MOVIELENS and replace:
            clean_graph(graph)
        graph.schema = described.schema
        with load_lock(graph):
            _write(graph, dataset, described, owner, wanted)
    return SplitSummary(
        dataset=dataset.name,
        test_fraction=dataset.test_fraction,
        split=split,
        users=dataset.num_users,
        items=dataset.num_movies,
        attributes=dataset.num_entities - dataset.num_users - dataset.num_movies,
        train=len(wanted.relationships[MOVIELENS.rated]),
        held_out=len(wanted.relationships[MOVIELENS.held_out]),
        repeated=owner.repeated,
        timed=timed,
        unchanged=unchanged,
        seconds=round(time.perf_counter() - started, 2),
    )


def _dataset(
    described: Description,
    wanted: GraphTables,
    test_fraction: float,
    split: SplitKind,
    tie_seed: int | None,
) -> Dataset:
    digest = hashlib.sha256(f"{wanted.data_hash}\n{described.to_toml()}".encode()).hexdigest()
    return Dataset(
        name=described.name,
        data_hash=digest,
        test_fraction=test_fraction,
        num_users=len(wanted.nodes[MOVIELENS.user]),
        num_movies=len(wanted.nodes[MOVIELENS.movie]),
        num_entities=wanted.num_entities,
        split=split,
        tie_seed=tie_seed,
    )


def _compare(graph: Graph, wanted: Dataset, replace: bool) -> bool:
    """Return True if the graph has been prepared as wanted, False if it is to be done.

    Raises:
        GraphContentError: it has been prepared in another way and ``replace`` is not set.
    """
    found = find_datasets(graph)
    if not found or replace:
        return False
    [(held, complete), *_] = found
    if held.data_hash != wanted.data_hash:
        raise GraphContentError(
            f"the graph has been prepared as {held}, not as {wanted}; the description, the options "
            "or the graph have changed since; take in what is new with pipeline split --update, or "
            "use --replace to prepare it anew, which removes its runs and recommendations"
        )
    return complete


def _write(
    graph: Graph, dataset: Dataset, described: Description, owner: OwnerTables, wanted: GraphTables
) -> None:
    """Write everything that is missing."""
    for name in _CONSTRAINTS:
        graph.write_schema(load_query(f"schema/constraint_{name}"))
    begin_load(graph, dataset)
    ties = ties_hash(wanted, dataset.num_entities)
    graph.write(load_query("adopt/describe"), description=described.to_toml(), ties=ties)
    for label, query in MARKS.items():
        with progress_bar(label, len(wanted.nodes[label])) as advance:
            rows = marks_of(label, owner, wanted.nodes[label])
            graph.write_batches(load_query(query), rows, advance=advance)
    for kind, query in ((MOVIELENS.rated, "load/rated"), (MOVIELENS.held_out, "load/held_out")):
        write_ratings(graph, query, kind, wanted.relationships[kind])
    graph.write(load_query("load/end"), name=dataset.name)
