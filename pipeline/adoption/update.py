"""Takes in what someone else's graph has gained since it was prepared, without preparing it anew.

All entityIds, the held-out part and the order of histories stay, so that runs which were trained
before can rank and explain what is new. What it writes becomes visible together or not at all.
"""

from __future__ import annotations

import hashlib
import json
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.adoption.marks import MARKS, marks_of, ties_hash
from pipeline.adoption.reading import Numbers, OwnerTables, read_owner
from pipeline.content.dataset import Dataset, read_dataset
from pipeline.description import Description, parse_description
from pipeline.errors import GraphContentError
from pipeline.graph import Graph
from pipeline.load.lock import load_lock
from pipeline.load.transform import GraphTables, graph_tables
from pipeline.load.writes import dataset_values, plain_rows
from pipeline.queries import load_query
from pipeline.schema import MOVIELENS

if TYPE_CHECKING:
    from pandas import DataFrame

_PREPARE = "use pipeline split --replace to prepare the graph anew"
_KEPT = ("ownKey", "key", "name", "title", "year")  # what must not have changed


@dataclass(frozen=True)
class UpdateSummary:
    """What a graph of someone else had gained, in plain values for JSON.

    Attributes:
        dataset: name of the data set.
        users: number of new users.
        items: number of new items.
        attributes: number of new attributes.
        interactions: new interactions, which train.
        unchanged: True if there was nothing new and nothing was written.
        seconds: wall time.
    """

    dataset: str
    users: int
    items: int
    attributes: int
    interactions: int
    unchanged: bool
    seconds: float


def update_graph(graph: Graph, described: Description | None = None) -> UpdateSummary:
    """Take in new users, items, attributes and interactions of a graph that has been prepared.

    New nodes get the next entityIds. New interactions train: they come at the end of each history,
    in order of time. Doing so again writes nothing.

    Args:
        graph: an open graph.
        described: its description, which must be the one that it was prepared with; None for that
            one.

    Raises:
        GraphContentError: the graph has not been prepared, or something that has been prepared is
            gone or has changed since.
        LockedError: another load is going on.
    """
    started = time.perf_counter()
    if graph.schema is MOVIELENS:
        raise GraphContentError(
            "pipeline split has not prepared this graph; run: pipeline split DESCRIPTION"
        )
    with load_lock(graph):
        dataset = read_dataset(graph)
        [kept] = graph.read(load_query("read/description"))
        where = "the description in the graph"
        own = parse_description(tomllib.loads(kept["description"]), where)
        if described is not None and described.to_toml() != own.to_toml():
            raise GraphContentError(f"the description is not {where}; {_PREPARE}")
        found = _find(graph, dataset, own, kept["ties"])
        if not found.unchanged:
            _write(graph, found)
    return UpdateSummary(
        dataset=dataset.name,
        users=len(found.marks[MOVIELENS.user]),
        items=len(found.marks[MOVIELENS.movie]),
        attributes=len(found.marks[MOVIELENS.person]) + len(found.marks[MOVIELENS.genre]),
        interactions=len(found.ratings),
        unchanged=found.unchanged,
        seconds=round(time.perf_counter() - started, 2),
    )


@dataclass(frozen=True)
class _Additions:
    """What is new.

    Attributes:
        dataset: the data set with it.
        description: the description, as TOML.
        ties: the hash of all relationships of items and attributes.
        marks: what new nodes get, by label.
        ratings: new interactions, as plain values in order of userId and position.
        unchanged: True if there is nothing new.
    """

    dataset: Dataset
    description: str
    ties: str
    marks: Mapping[str, list[dict[str, Any]]]
    ratings: list[dict[str, Any]]
    unchanged: bool


def _find(graph: Graph, dataset: Dataset, described: Description, ties: str) -> _Additions:
    """Compare the owner's graph with what has been prepared, and return what is new.

    Raises:
        GraphContentError: something is gone or has changed.
    """
    before = {row["element"]: row for row in graph.read(load_query("adopt/marks"))}
    if len(before) != dataset.num_entities:
        gone = dataset.num_entities - len(before)
        raise GraphContentError(f"{gone:,} nodes that were prepared are gone; {_PREPARE}")
    numbers = Numbers(*({e: r[k] for e, r in before.items() if r[k] is not None} for k in _NUMBERS))
    owner = read_owner(graph, described, order_seed=dataset.tie_seed or 0, numbers=numbers)
    wanted = _numbered(graph_tables(owner.tables, 0.0), owner, before)
    if ties_hash(wanted, dataset.num_entities) != ties:
        raise GraphContentError(
            "relationships between items and attributes that were there before have changed; "
            f"{_PREPARE}"
        )
    marks = {label: list(marks_of(label, owner, wanted.nodes[label])) for label in MARKS}
    _check_nodes(before, [row for rows in marks.values() for row in rows])
    new = {label: [r for r in rows if r["element"] not in before] for label, rows in marks.items()}
    timed = described.interaction.time is not None
    ratings = _new_ratings(graph, wanted.relationships[MOVIELENS.rated], timed)
    after = ties_hash(wanted, wanted.num_entities)
    content = json.dumps([dataset.data_hash, after, _without_elements(new), ratings])
    return _Additions(
        dataset=replace(
            dataset,
            data_hash=hashlib.sha256(content.encode()).hexdigest(),
            num_users=len(marks[MOVIELENS.user]),
            num_movies=len(marks[MOVIELENS.movie]),
            num_entities=wanted.num_entities,
        ),
        description=described.to_toml(),
        ties=after,
        marks=new,
        ratings=ratings,
        unchanged=after == ties and not ratings and not any(new.values()),
    )


_NUMBERS = ("user", "movie", "key")  # as adopt/marks names what Numbers holds


def _numbered(
    wanted: GraphTables, owner: OwnerTables, before: Mapping[str, dict[str, Any]]
) -> GraphTables:
    """Return the tables with the entityIds that nodes have; those without one get the next ones."""
    following = 1 + max(row["entityId"] for row in before.values())
    nodes = dict(wanted.nodes)
    for label, frame in nodes.items():
        ids = []
        for row in marks_of(label, owner, frame):
            known = before.get(row["element"])
            ids.append(following if known is None else known["entityId"])
            following += known is None
        nodes[label] = frame.assign(entityId=np.array(ids, dtype=np.int64))
    return replace(wanted, nodes=nodes)


def _check_nodes(before: Mapping[str, dict[str, Any]], now: list[dict[str, Any]]) -> None:
    """Check that the nodes that were prepared are described as they were.

    Raises:
        GraphContentError: one is not, or has another key or name.
    """
    present = {row["element"]: row for row in now}
    for element, row in before.items():
        name = row["name"]
        if element not in present:
            raise GraphContentError(
                f"{name!r} was prepared, and now lacks its label, its relationships or its "
                f"interactions; {_PREPARE}"
            )
        for part in _KEPT:
            if part in present[element] and present[element][part] != row[part]:
                raise GraphContentError(
                    f"{name!r} has changed: its {part.removeprefix('own').lower()} was "
                    f"{row[part]!r} and is now {present[element][part]!r}; {_PREPARE}"
                )


def _new_ratings(graph: Graph, now: DataFrame, timed: bool) -> list[dict[str, Any]]:
    """Return the interactions that are new, in order of userId and position.

    Raises:
        GraphContentError: one that was prepared is gone, or has another time or rating.
    """
    before = {
        (user, movie): (time if timed else None, rating, position)
        for user, movie, time, rating, position in graph.stream(
            load_query("adopt/marked_interactions")
        )
    }
    ends: dict[int, int] = {}
    for (user, _), (_, _, position) in before.items():
        ends[user] = max(ends.get(user, 0), position + 1)
    new = []
    missing = len(before)
    for row in plain_rows(now):
        user = row["userId"]
        known = before.get((user, row["movieId"]))
        if known is None:
            row["position"] = ends.get(user, 0)
            ends[user] = row["position"] + 1
            new.append(row)
            continue
        missing -= 1
        if known[:2] != (row["timestamp"] if timed else None, row["rating"]):
            raise GraphContentError(
                f"the first interaction of user {user} and item {row['movieId']} has another time "
                f"or rating than before; {_PREPARE}"
            )
    if missing:
        raise GraphContentError(f"{missing:,} interactions that were prepared are gone; {_PREPARE}")
    return new


def _without_elements(marks: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return what tells new nodes apart in every copy of the graph."""
    rows = (row for label in sorted(marks) for row in marks[label])
    return [{name: value for name, value in row.items() if name != "element"} for row in rows]


def _write(graph: Graph, found: _Additions) -> None:
    """Write what is new, in one transaction."""
    with graph.transaction() as transaction:
        transaction.write(load_query("adopt/add"))
        transaction.write(load_query("load/begin"), **dataset_values(found.dataset))
        transaction.write(
            load_query("adopt/describe"), description=found.description, ties=found.ties
        )
        for label, query in MARKS.items():
            transaction.write_batches(load_query(query), found.marks[label])
        users = groupby(found.ratings, key=itemgetter("userId"))
        transaction.write_batches(
            load_query("adopt/add_rated"),
            ({"userId": user, "ratings": list(rows)} for user, rows in users),
        )
        transaction.write(load_query("load/end"), name=found.dataset.name)
