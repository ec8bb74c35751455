"""Looks at a graph that something else has made, and proposes a description of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipeline.description import (
    AttributePart,
    Description,
    InteractionPart,
    ItemPart,
    LinkPart,
    UserPart,
    guessed_role,
)
from pipeline.errors import GraphContentError
from pipeline.graph import Graph
from pipeline.queries import load_query
from pipeline.schema import DESCRIBED, Role

_TIME_TYPES = {"DATE", "LOCAL", "ZONED"}  # first words of the names of Cypher's types
_TIME_NAMES = ("time", "date", "when", "at", "since", "created", "timestamp", "ts")
_RATING_NAMES = ("rating", "stars", "score", "grade")
_WEIGHT_NAMES = ("weight", "strength", "score", "count", "times")
_KEY_NAMES = ("id", "key", "code", "sku", "isbn", "asin", "number", "uuid")
_NAME_NAMES = ("name", "title", "label", "caption", "displayname")
_YEAR_NAMES = ("year", "released", "publishedyear", "publicationyear")


@dataclass(frozen=True)
class Property:
    """A property in a sample.

    Attributes:
        name: its name.
        types: the first words of the Cypher types of its values: "INTEGER", "STRING", "ZONED".
        share: share of the sample that has it, 0..1.
        distinct: True if no two of the sample have the same value.
        constrained: True if a constraint keeps it unique.
    """

    name: str
    types: tuple[str, ...]
    share: float
    distinct: bool = False
    constrained: bool = False


@dataclass(frozen=True)
class Label:
    """The nodes with a label."""

    name: str
    number: int
    properties: tuple[Property, ...]


@dataclass(frozen=True)
class Tie:
    """The relationships of a type from nodes with one label to nodes with another.

    Attributes:
        type: the relationship type.
        source: label of the start nodes.
        target: label of the end nodes.
        number: number of relationships.
        sources: number of different start nodes.
        targets: number of different end nodes.
        properties: properties of relationships of this type.
    """

    type: str
    source: str
    target: str
    number: int
    sources: int
    targets: int
    properties: tuple[Property, ...]


@dataclass(frozen=True)
class Inspection:
    """What a graph holds, and how it may be described.

    Attributes:
        labels: the labels, the most frequent first.
        ties: the relationships between them, the most frequent first.
        proposed: a description; None if no relationship looks like an interaction.
        unsure: what in it was guessed, in words.
    """

    labels: list[Label]
    ties: list[Tie]
    proposed: Description | None = None
    unsure: list[str] = field(default_factory=list)


def inspect_graph(graph: Graph, name: str = "graph") -> Inspection:
    """Return what the graph holds without what the pipeline added, and propose a description.

    Args:
        graph: an open graph.
        name: name of the data set in the description.

    Raises:
        GraphContentError: the graph is empty.
    """
    labels, ties = _labels(graph), _ties(graph)
    if not labels:
        raise GraphContentError("the graph is empty; there is nothing to describe")
    return propose(labels, ties, name)


def _labels(graph: Graph) -> list[Label]:
    unique = {
        (row["label"], row["property"]) for row in graph.read(load_query("doctor/constraints"))
    }
    return [
        Label(
            row["label"],
            row["number"],
            tuple(
                Property(
                    each["name"],
                    tuple(each["types"]),
                    each["having"] / row["sampled"],
                    each["different"] == each["having"],
                    (row["label"], each["name"]) in unique,
                )
                for each in sorted(row["properties"], key=lambda each: str(each["name"]))
                if not _is_ours(each["name"])
            ),
        )
        for row in graph.read(load_query("adopt/labels"))
        if row["number"] and not _is_ours(row["label"])
    ]


def _ties(graph: Graph) -> list[Tie]:
    properties = {
        row["type"]: tuple(
            Property(each["name"], tuple(each["types"]), each["having"] / row["sampled"])
            for each in sorted(row["properties"], key=lambda each: str(each["name"]))
        )
        for row in graph.read(load_query("adopt/relationship_properties"))
        if row["sampled"]
    }
    return [
        Tie(
            row["type"],
            row["source"],
            row["target"],
            row["number"],
            row["sources"],
            row["targets"],
            properties.get(row["type"], ()),
        )
        for row in graph.read(load_query("adopt/relationships"))
        if not any(map(_is_ours, (row["type"], row["source"], row["target"])))
    ]


def _is_ours(name: str) -> bool:
    prefix = DESCRIBED.prefix
    return name.startswith((prefix, f"{prefix.upper()}_", prefix.lower()))


def propose(labels: Sequence[Label], ties: Sequence[Tie], name: str) -> Inspection:
    """Propose a description of a graph with these labels and relationships.

    The interaction is the relationship type with the most relationships, of those where many nodes
    of two labels are joined to several of the other. A time, or a rating, on it speaks for it. The
    label that has fewer nodes per relationship is taken for that of the users. All other
    relationships of the items' label are attributes. Those between two items, or two users, are
    links.
    """
    found = {label.name: label for label in labels}
    possible = [tie for tie in ties if tie.source != tie.target and _is_between_many(tie)]
    unsure: list[str] = []
    if not possible:
        return Inspection(list(labels), list(ties), None, ["no relationship joins many to many"])
    chosen = max(possible, key=_likeness)
    if any(_likeness(tie) >= _likeness(chosen) / 2 for tie in possible if tie.type != chosen.type):
        unsure.append(f"interaction: {chosen.type} has the most relationships, others have many")
    user, item = chosen.source, chosen.target
    taken: set[str] = set()  # an item may have several labels, and so seem to be an attribute
    item_links = _links(ties, item, "item_link", unsure, taken)
    user_links = _links(ties, user, "user_link", unsure, taken)
    others = [tie for tie in ties if tie.type not in taken]
    attributes = _attributes(others, found, chosen, unsure)
    time = _named(_with_types(chosen.properties, *_TIME_TYPES), _TIME_NAMES, anything=True)
    time = time or _named(_with_types(chosen.properties, "INTEGER", "STRING"), _TIME_NAMES)
    rating = _named(_with_types(chosen.properties, "INTEGER", "FLOAT"), _RATING_NAMES)
    if time is None:
        unsure.append("interaction.time: no property looks like a time; the order will be drawn")
    user_key, item_key = _key(found[user], unsure), _key(found[item], unsure)
    if user_key is None or item_key is None:
        return Inspection(list(labels), list(ties), None, unsure)
    described = Description(
        name=name,
        user=UserPart(label=user, key=user_key, name=_shown(found[user], user_key)),
        item=ItemPart(
            label=item,
            key=item_key,
            name=_shown(found[item], item_key),
            year=_named(_with_types(found[item].properties, "INTEGER"), _YEAR_NAMES),
            singular=_lower(item),
            plural=f"{_lower(item)}s",
        ),
        interaction=InteractionPart(type=chosen.type, time=time, rating=rating),
        attributes=tuple(sorted(attributes, key=lambda part: list(Role).index(part.role))),
        item_links=item_links,
        user_links=user_links,
    )
    unsure.append("item.singular, item.plural, interaction.past: words in sentences, guessed")
    return Inspection(list(labels), list(ties), described, unsure)


def _is_between_many(tie: Tie) -> bool:
    return tie.number > tie.sources and tie.number > tie.targets


def _likeness(tie: Tie) -> float:
    """Return how like an interaction a relationship is."""
    timed = bool(_with_types(tie.properties, *_TIME_TYPES)) or bool(
        _named(tie.properties, (*_TIME_NAMES, *_RATING_NAMES))
    )
    return tie.number * (4.0 if timed else 1.0)


def _attributes(
    ties: Sequence[Tie], labels: dict[str, Label], chosen: Tie, unsure: list[str]
) -> list[AttributePart]:
    item = chosen.target
    parts: dict[str, AttributePart] = {}
    for tie in ties:
        ends = {tie.source, tie.target}
        if item not in ends or len(ends) == 1 or chosen.source in ends or tie.type in parts:
            continue
        other = tie.target if tie.source == item else tie.source
        key = _key(labels[other], unsure)
        if key is None:
            continue
        items = tie.sources if tie.source == item else tie.targets
        others = tie.targets if tie.source == item else tie.sources
        role = guessed_role(tie.number / items, tie.number / others / max(labels[item].number, 1))
        unsure.append(f"attribute {tie.type}: role {role}, guessed from the numbers")
        parts[tie.type] = AttributePart(
            type=tie.type, label=other, key=key, name=_shown(labels[other], key), role=role
        )
    return _one_role_per_label(list(parts.values()))


def _links(
    ties: Sequence[Tie], label: str, title: str, unsure: list[str], taken: set[str]
) -> tuple[LinkPart, ...]:
    """Return the relationships between nodes of one label, and add their types to ``taken``."""
    parts = []
    for tie in ties:
        if tie.source == tie.target == label and tie.type not in taken:
            taken.add(tie.type)
            numbers = _with_types(tie.properties, "INTEGER", "FLOAT")
            weight = _named(numbers, _WEIGHT_NAMES)
            parts.append(LinkPart(type=tie.type, weight=weight))
            unsure.append(f"{title} {tie.type}: direction and words, guessed")
    return tuple(parts)


def _one_role_per_label(parts: list[AttributePart]) -> list[AttributePart]:
    """Let no label be a genre for one type and something else for another."""
    genres = {part.label for part in parts if part.role is Role.GENRE}
    return [part.changed({"role": Role.GENRE}) if part.label in genres else part for part in parts]


def _key(label: Label, unsure: list[str]) -> str | None:
    whole = [each for each in label.properties if each.share == 1 and each.distinct]
    whole = _with_types(whole, "INTEGER", "STRING")
    constrained = [each for each in whole if each.constrained]
    if constrained:
        return constrained[0].name
    name = _named(whole, _KEY_NAMES, anything=True)
    if name is None:
        unsure.append(f"{label.name}: no property tells its nodes apart, so it cannot be used")
    else:
        unsure.append(f"{label.name}: {name} looks like a key, but no constraint says so")
    return name


def _shown(label: Label, key: str) -> str | None:
    texts = [each for each in _with_types(label.properties, "STRING") if each.name != key]
    return _named(texts, _NAME_NAMES)


def _with_types(properties: Iterable[Property], *types: str) -> list[Property]:
    return [each for each in properties if set(each.types) <= set(types) and each.types]


def _named(
    properties: Iterable[Property], names: Sequence[str], *, anything: bool = False
) -> str | None:
    """Return the property with one of these names, or whose name ends with one, the first first."""
    listed = list(properties)
    for name in names:
        for each in listed:
            if each.name.casefold().replace("_", "") == name:
                return each.name
    for name in names:
        for each in listed:
            if each.name.casefold().endswith(name):
                return each.name
    return listed[0].name if anything and listed else None


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]
