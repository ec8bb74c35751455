"""Reads users, items, interactions and attributes from a graph of someone else."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.description import AttributePart, Description
from pipeline.errors import GraphContentError
from pipeline.graph import Graph
from pipeline.naming import rename
from pipeline.queries import load_query
from pipeline.schema import ACTED_IN, DIRECTED, MOVIELENS, Role
from pipeline.sources.tables import SourceTables

if TYPE_CHECKING:
    from pandas import DataFrame

NO_PROPERTY = "rkanNoProperty"  # stands for a property that the description leaves out
_LARGEST = 2**63


@dataclass(frozen=True)
class OwnerTables:
    """What a graph of someone else holds, as the tables of a source.

    Attributes:
        tables: the tables; attributes of the role maker are credits of DIRECTED, those of the role
            actor credits of ACTED_IN.
        users: elementId by userId.
        items: elementId by movieId.
        user_keys: the owner's key by userId, as text.
        item_keys: the owner's key by movieId, as text.
        attributes: elementId by the key of an attribute, a personId or the name of a genre.
        user_names: name by userId.
        attribute_names: name by the key of an attribute.
        repeated: interactions of a user with an item after the first one, which are left out.
    """

    tables: SourceTables
    users: dict[int, str]
    items: dict[int, str]
    user_keys: dict[int, str]
    item_keys: dict[int, str]
    attributes: dict[str, str]
    user_names: dict[int, str]
    attribute_names: dict[str, str]
    repeated: int


@dataclass(frozen=True)
class Numbers:
    """The numbers and keys that nodes have, by elementId; other nodes get others.

    Attributes:
        users: userIds.
        items: movieIds.
        attributes: keys of attributes.
    """

    users: Mapping[str, int] = field(default_factory=dict)
    items: Mapping[str, int] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Nodes:
    """The nodes of one label."""

    label: str
    ids: dict[str, int]  # by elementId
    keys: dict[str, str]
    names: dict[str, str]
    years: dict[str, int | None]


def read_owner(
    graph: Graph,
    described: Description,
    *,
    order_seed: int = 0,
    numbers: Numbers | None = None,
) -> OwnerTables:
    """Return what the described part of the graph holds.

    Args:
        graph: an open graph.
        described: its description.
        order_seed: seed of the order of interactions that have no time.
        numbers: the numbers and keys that nodes have already; None if they have none.

    Raises:
        GraphContentError: the graph does not have what the description says.
    """
    import pandas as pd

    known = numbers or Numbers()
    users = _users(graph, described, known.users)
    items = _items(graph, described, known.items)
    both = users.ids.keys() & items.ids.keys()
    if both:
        raise GraphContentError(
            f"{len(both):,} nodes are {users.label} and {items.label} at once; name labels that "
            "tell users and items apart"
        )
    ratings, repeated = _interactions(graph, described, users, items, order_seed)
    credits, genres, attributes, names = _attributes(graph, described, items, known.attributes)
    movies = pd.DataFrame(
        {
            "movieId": np.array(list(items.ids.values()), dtype=np.int64),
            "title": [items.names[element] for element in items.ids],
            "year": pd.array([items.years[element] for element in items.ids], dtype="Int64"),
            "imdbId": pd.array([None] * len(items.ids), dtype="string"),
        }
    )
    tables = SourceTables(
        name=described.name,
        description=f"the graph at {graph.connection.uri}",
        movies=movies,
        genres=genres,
        credits=credits,
        ratings=ratings,
        rows_read=len(ratings) + repeated,
        refused=[],
    )
    return OwnerTables(
        tables=tables,
        users={number: element for element, number in users.ids.items()},
        items={number: element for element, number in items.ids.items()},
        user_keys={number: users.keys[element] for element, number in users.ids.items()},
        item_keys={number: items.keys[element] for element, number in items.ids.items()},
        attributes=attributes,
        user_names={number: users.names[element] for element, number in users.ids.items()},
        attribute_names=names,
        repeated=repeated,
    )


def _users(graph: Graph, described: Description, known: Mapping[str, int]) -> _Nodes:
    part = described.user
    query = rename(
        load_query("adopt/read_users"),
        {MOVIELENS.user: part.label},
        {"userId": part.key, "name": part.name or NO_PROPERTY},
    )
    return _nodes(graph.stream(query), part.label, part.key, known)


def _items(graph: Graph, described: Description, known: Mapping[str, int]) -> _Nodes:
    part = described.item
    query = rename(
        load_query("adopt/read_items"),
        {MOVIELENS.movie: part.label},
        {
            "movieId": part.key,
            "title": part.name or NO_PROPERTY,
            "year": part.year or NO_PROPERTY,
        },
    )
    return _nodes(graph.stream(query), part.label, part.key, known)


def _nodes(rows: Iterable[Any], label: str, key: str, known: Mapping[str, int]) -> _Nodes:
    """Return the nodes with a number each.

    It is the key if all keys are integers. Else nodes are numbered from 1, those without a known
    number after the greatest one.
    """
    found = [(element, own, name, *rest) for element, own, name, *rest in rows]
    if not found:
        raise GraphContentError(f"the graph has no {label} nodes; correct the label")
    keys = _checked({element: own for element, own, *_ in found}, label, key)
    numbers = {element: known[element] for element in keys if element in known}
    new = [element for element in keys if element not in numbers]
    new.sort(key=lambda element: str(keys[element]))
    whole = all(type(own) is int and abs(own) < _LARGEST for own in keys.values())
    if whole and all(keys[element] == number for element, number in numbers.items()):
        numbers |= {element: int(keys[element]) for element in new}
    else:
        first = max(known.values(), default=0) + 1
        numbers |= {element: number for number, element in enumerate(new, start=first)}
    years = {element: _year(rest[0], label) if rest else None for element, _, _, *rest in found}
    names = {element: name or f"{label.lower()} {own}" for element, own, name, *_ in found}
    ordered_ids = dict(sorted(numbers.items(), key=lambda each: each[1]))
    texts = {element: str(own) for element, own in keys.items()}
    return _Nodes(label, ordered_ids, texts, names, years)


def _checked(keys: Mapping[str, Any], label: str, key: str) -> Mapping[str, Any]:
    """Return the keys of nodes by elementId.

    Raises:
        GraphContentError: a key is missing, of another type than text or number, or not unique.
    """
    missing = sum(own is None for own in keys.values())
    if missing == len(keys):
        raise GraphContentError(f"no {label} node has the property {key}; correct the key")
    if missing:
        raise GraphContentError(
            f"{missing:,} of {len(keys):,} {label} nodes have no {key}; name a property that "
            "all of them have"
        )
    seen: set[Hashable] = set()
    for own in keys.values():
        if not isinstance(own, str | int | float) or isinstance(own, bool):
            raise GraphContentError(
                f"{label}.{key} = {own!r} is no text or number; name another property as the key"
            )
        if own in seen:
            raise GraphContentError(
                f"two {label} nodes have {key} = {own!r}; name a property that tells them apart"
            )
        seen.add(own)
    return keys


def _year(value: Any, label: str) -> int | None:
    if value is None:
        return None
    if type(value) is not int or abs(value) > 1_000_000:
        raise GraphContentError(
            f"the year {value!r} of a {label} node is no integer; leave the year out of the "
            "description, or name another property"
        )
    return int(value)


def _interactions(
    graph: Graph, described: Description, users: _Nodes, items: _Nodes, order_seed: int
) -> tuple[DataFrame, int]:
    """Return the first interaction of each pair, and the number of later ones."""
    import pandas as pd

    part = described.interaction
    query = rename(
        load_query("adopt/read_interactions"),
        {
            MOVIELENS.user: described.user.label,
            MOVIELENS.movie: described.item.label,
            MOVIELENS.rated: part.type,
        },
        {"timestamp": part.time or NO_PROPERTY, "rating": part.rating or NO_PROPERTY},
    )
    rows = [
        (users.ids[user], items.ids[item], seconds(when, part.type), _rating(rating, part.type))
        for user, item, when, rating in graph.stream(query)
    ]
    if not rows:
        raise GraphContentError(
            f"no {part.type} relationship joins a {described.user.label} and a "
            f"{described.item.label} node; correct the type or the labels"
        )
    frame = pd.DataFrame(rows, columns=["userId", "movieId", "timestamp", "rating"])
    frame = frame.sort_values(["userId", "movieId", "rating"], ignore_index=True)
    if part.time is None:
        frame["timestamp"] = np.random.default_rng(order_seed).permutation(len(frame))
    elif frame["timestamp"].isna().any():
        missing = int(frame["timestamp"].isna().sum())
        raise GraphContentError(
            f"{missing:,} of {len(frame):,} {part.type} relationships have no {part.time}; name a "
            "property that all of them have, or leave the time out of the description"
        )
    frame["timestamp"] = frame["timestamp"].astype(np.int64)
    frame["rating"] = frame["rating"].astype(np.float64)
    frame = frame.sort_values(["userId", "timestamp", "movieId"], kind="stable")
    first = frame.drop_duplicates(["userId", "movieId"], ignore_index=True)
    return first[["userId", "movieId", "rating", "timestamp"]], len(frame) - len(first)


def seconds(value: Any, type_: str) -> int | None:
    """Return a time as seconds since 1970, or the integer that it is.

    Raises:
        GraphContentError: the value is no time.
    """
    native = value.to_native() if hasattr(value, "to_native") else value
    if isinstance(native, str):
        try:
            native = datetime.fromisoformat(native)
        except ValueError:
            native = None if not native else object()
    if native is None:
        return None
    if isinstance(native, int | float) and not isinstance(native, bool) and native == native:
        return int(native)
    if isinstance(native, datetime):
        return int((native if native.tzinfo else native.replace(tzinfo=UTC)).timestamp())
    if isinstance(native, date):
        return int(datetime.combine(native, time(), UTC).timestamp())
    raise GraphContentError(
        f"the time {value!r} of a {type_} relationship is no number, date, or date and time; name "
        "another property, or leave the time out of the description"
    )


def _rating(value: Any, type_: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise GraphContentError(
            f"the rating {value!r} of a {type_} relationship is no number; name another property, "
            "or leave the rating out of the description"
        )
    return float(value)


def _attributes(
    graph: Graph, described: Description, items: _Nodes, known: Mapping[str, str]
) -> tuple[DataFrame, DataFrame, dict[str, str], dict[str, str]]:
    """Return credits, genres, and elementId and name of the attributes by their keys."""
    import pandas as pd

    ties: list[tuple[int, str, AttributePart]] = []
    labels: dict[str, AttributePart] = {}
    keys: dict[str, Any] = {}
    names: dict[str, str | None] = {}
    for part in described.attributes:
        found = _of_type(graph, described, part)
        if not found:
            raise GraphContentError(
                f"no {part.type} relationship joins a {described.item.label} and a {part.label} "
                "node; correct the type or the label, or leave the attribute out"
            )
        _checked({element: key for _, element, key, _ in found}, part.label, part.key)
        for item, element, key, name in found:
            keys[element], names[element] = key, name
            labels.setdefault(element, part)
            ties.append((items.ids[item], element, part))
    ids = _attribute_ids(keys, labels, known)
    of_people = [tie for tie in ties if tie[2].role is not Role.GENRE]
    credits = pd.DataFrame(
        [
            (item, DIRECTED if part.role is Role.MAKER else ACTED_IN, ids[element], names[element])
            for item, element, part in of_people
        ],
        columns=["movieId", "relation", "personId", "name"],
    ).assign(order=pd.array([None] * len(of_people), dtype="Int64"))
    genres = pd.DataFrame(
        [(item, ids[element]) for item, element, part in ties if part.role is Role.GENRE],
        columns=["movieId", "genre"],
    )
    shown = {ids[element]: names[element] or str(keys[element]) for element in keys}
    return credits, genres, {ids[element]: element for element in keys}, shown


def _of_type(
    graph: Graph, described: Description, part: AttributePart
) -> list[tuple[str, str, Any, str | None]]:
    query = rename(
        load_query("adopt/read_attributes"),
        {
            MOVIELENS.movie: described.item.label,
            MOVIELENS.person: part.label,
            DIRECTED: part.type,
        },
        {"personId": part.key, "name": part.name or NO_PROPERTY},
    )
    return [(item, element, key, name) for item, element, key, name in graph.stream(query)]


def _attribute_ids(
    keys: Mapping[str, Any], labels: Mapping[str, AttributePart], known: Mapping[str, str]
) -> dict[str, str]:
    """Return the key of each attribute, with its label where labels share keys."""
    ids = {element: known[element] for element in keys if element in known}
    new = {element: str(key) for element, key in keys.items() if element not in known}
    if len({*new.values(), *known.values()}) < len(new) + len(known):
        new = {element: f"{labels[element].label} {key}" for element, key in new.items()}
    return ids | new
