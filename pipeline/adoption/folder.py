"""Loads a described folder as a graph in its owner's names, and prepares it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.adoption.clean import clean_graph
from pipeline.adoption.reading import NO_PROPERTY
from pipeline.adoption.split import SplitSummary, split_graph
from pipeline.content.dataset import find_datasets
from pipeline.content.splits import PER_USER, SplitKind
from pipeline.description import AttributePart, LinkPart
from pipeline.errors import GraphContentError
from pipeline.graph import Graph
from pipeline.load.lock import load_lock
from pipeline.load.quarantine import write_quarantine
from pipeline.naming import rename
from pipeline.progress import progress_bar
from pipeline.queries import Query, load_query
from pipeline.schema import DESCRIBED, DIRECTED, LINKED, MOVIELENS, GraphSchema
from pipeline.sources.described import DescribedTables

_NODES = 5_000  # per transaction


@dataclass(frozen=True)
class FolderSummary:
    """The result of loading a described folder, in plain values for JSON.

    Attributes:
        split: how it was prepared, and what it holds.
        rows_read: rows of all files: ``rows_loaded`` + ``rows_refused``.
        rows_loaded: rows that are in the graph.
        rows_refused: unusable rows.
        quarantine: file with the refused rows; None if there are none.
        facts: a line for each file of attributes that could be checked.
    """

    split: SplitSummary
    rows_read: int
    rows_loaded: int
    rows_refused: int
    quarantine: str | None
    facts: list[str]

    def document(self) -> dict[str, Any]:
        """Return all values in one map."""
        content = asdict(self)
        return {**content.pop("split"), **content}


def load_folder(
    graph: Graph,
    tables: DescribedTables,
    *,
    test_fraction: float = 0.2,
    split: SplitKind = PER_USER,
    tie_seed: int | None = None,
    replace: bool = False,
    quarantine: Path,
) -> FolderSummary:
    """Load a described folder into an empty graph and prepare it, as split_graph does.

    The same again changes nothing, or goes on where an interrupted load stopped.

    Args:
        graph: an open graph.
        tables: what the folder holds.
        test_fraction: see split_graph.
        split: see split_graph.
        tie_seed: see split_graph.
        replace: first remove what another folder brought, or what was prepared in another way.
        quarantine: folder for the file of refused rows.

    Raises:
        ConfigError: the interactions cannot be split this way.
        GraphContentError: the graph holds something else and ``replace`` is not set, or nodes that
            no folder brought.
        LockedError: another load is going on.
    """
    if graph.schema is MOVIELENS and find_datasets(graph):
        raise GraphContentError(
            "the graph holds a data set of films; use another database (NEO4J_DATABASE) for a "
            "folder with a description"
        )
    with _names(graph, DESCRIBED):
        held = {row["name"]: row["whole"] for row in graph.read(load_query("adopt/sources"))}
        if not held and graph.read(load_query("read/any_node"))[0]["found"]:
            raise GraphContentError(
                "the graph holds nodes that no folder brought; use another database "
                "(NEO4J_DATABASE), or describe these nodes and run: pipeline split"
            )
        other = held.keys() - {tables.digest}
        if other and not replace:
            raise GraphContentError(
                f"the graph holds what another folder brought, or {tables.where} as it was "
                "earlier; use --replace to load this instead"
            )
    file = write_quarantine(quarantine, tables.described.name, tables.refused)
    if other:
        _remove(graph)
    with _names(graph, DESCRIBED), load_lock(graph):
        if other or not held.get(tables.digest):
            _write(graph, tables)
    summary = split_graph(
        graph,
        tables.described,
        test_fraction=test_fraction,
        split=split,
        tie_seed=tie_seed,
        replace=replace,
    )
    return FolderSummary(
        split=summary,
        rows_read=tables.rows_read,
        rows_loaded=tables.rows_read - len(tables.refused),
        rows_refused=len(tables.refused),
        quarantine=str(file) if file else None,
        facts=[check.line for check in tables.checks],
    )


@contextmanager
def _names(graph: Graph, schema: GraphSchema) -> Iterator[None]:
    """Use other names for a while."""
    before = graph.schema
    graph.schema = schema
    try:
        yield
    finally:
        graph.schema = before


def _remove(graph: Graph) -> None:
    """Remove what a folder brought, and all that was made of it."""
    if graph.schema is not MOVIELENS:
        clean_graph(graph)
    with _names(graph, DESCRIBED), progress_bar("removing nodes") as advance:
        query = load_query("adopt/remove_loaded")
        while gone := graph.write(query, limit=_NODES):
            advance(gone["nodes_deleted"])


def _write(graph: Graph, tables: DescribedTables) -> None:
    """Write the nodes and relationships that are missing."""
    described = tables.described
    user, item, tie = described.user, described.item, described.interaction
    graph.write(load_query("adopt/begin_source"), name=tables.digest)
    users = {"userId": user.key, "name": user.name or NO_PROPERTY}
    items = {
        "movieId": item.key,
        "title": item.name or NO_PROPERTY,
        "year": item.year or NO_PROPERTY,
    }
    labels = {MOVIELENS.user: user.label, MOVIELENS.movie: item.label}
    properties = {"timestamp": tie.time or NO_PROPERTY, "rating": tie.rating or NO_PROPERTY}
    for name, names, own in (("user", labels, users), ("movie", labels, items)):
        graph.write(rename(load_query(f"adopt/unique_{name}"), names, own))
    _batches(
        graph,
        _renamed("create_users", labels, users),
        user.label,
        ({"key": key, "name": name} for key, name in tables.users.items()),
    )
    _batches(
        graph,
        _renamed("create_items", labels, items),
        item.label,
        ({"key": k, "name": name, "year": year} for k, (name, year) in tables.items.items()),
    )
    names = labels | {MOVIELENS.rated: tie.type}
    _batches(
        graph,
        _renamed("create_interactions", names, users | items | properties),
        tie.type,
        (
            {"user": key, "items": [{"item": i, "time": t, "rating": r} for i, t, r in own]}
            for key, own in tables.interactions.items()
        ),
        size=200,
    )
    for part, rows in zip(described.attributes, tables.attributes, strict=True):
        _write_attribute(graph, part, labels, items, rows)
    ends = [(item.label, item.key)] * len(described.item_links)
    ends += [(user.label, user.key)] * len(described.user_links)
    links = (*described.item_links, *described.user_links)
    for link, end, pairs in zip(links, ends, tables.links, strict=True):
        _write_links(graph, link, *end, pairs)
    graph.write(load_query("adopt/end_source"), name=tables.digest)


def _write_attribute(
    graph: Graph,
    part: AttributePart,
    labels: Mapping[str, str],
    items: Mapping[str, str],
    rows: list[tuple[Any, Any, str | None]],
) -> None:
    names = {**labels, MOVIELENS.person: part.label, DIRECTED: part.type}
    own = {**items, "personId": part.key, "name": part.name or NO_PROPERTY}
    graph.write(rename(load_query("adopt/unique_person"), names, own))
    query = _renamed("create_attributes", names, own)
    content = ({"item": item, "key": key, "name": name} for item, key, name in rows)
    _batches(graph, query, part.type, content)


def _write_links(
    graph: Graph, part: LinkPart, label: str, key: str, rows: list[tuple[Any, Any, float | None]]
) -> None:
    names = {MOVIELENS.movie: label, LINKED: part.type}
    query = _renamed("create_links", names, {"movieId": key, "weight": part.weight or NO_PROPERTY})
    content = ({"from": start, "to": end, "weight": weight} for start, end, weight in rows)
    _batches(graph, query, part.type, content)


def _renamed(name: str, names: Mapping[str, str], properties: Mapping[str, str]) -> Query:
    loaded = {"Loaded": DESCRIBED.loaded}
    return rename(load_query(f"adopt/{name}"), {**names, **loaded}, properties)


def _batches(
    graph: Graph, query: Query, title: str, rows: Iterable[Mapping[str, Any]], size: int = 5_000
) -> None:
    with progress_bar(title) as advance:
        graph.write_batches(query, rows, batch_size=size, advance=advance)
