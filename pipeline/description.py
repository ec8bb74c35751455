"""Describes a graph of someone else: which nodes are users and items, and what ties them.

The description is a TOML file. ``pipeline init`` proposes one, ``pipeline split`` reads it and
keeps it in the graph, where every later command finds it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from model.settings import Settings
from pipeline.errors import ConfigError
from pipeline.schema import AttributeRelation, GraphSchema, ItemWords, Link, Role, schema_of_another
from pipeline.settings import read_toml, settings_from

Name = Annotated[str, Field(min_length=1, max_length=1_000)]
Words = Annotated[str, Field(min_length=1, max_length=60)]
_MANY = 0.02  # share of the items that have a genre, at least, on average
_SEVERAL = 3.0  # attributes of an item, from which on they take part in it
_SECTIONS = ("user", "item", "interaction")
_LINKS = ("item_link", "user_link")


class UserPart(Settings):
    """The nodes of those who get recommendations."""

    label: Name = "User"
    """Label of the nodes."""
    key: Name = "userId"
    """Property that identifies a node."""
    name: Name | None = None
    """Property with the name to show; the key if it is missing."""


class ItemPart(Settings):
    """The nodes of what is recommended."""

    label: Name = "Item"
    """Label of the nodes."""
    key: Name = "itemId"
    """Property that identifies a node."""
    name: Name | None = None
    """Property with the name to show; the key if it is missing."""
    year: Name | None = None
    """Property with the year, an integer, which is shown behind the name."""
    singular: Words = "item"
    """What one of them is called in sentences."""
    plural: Words = "items"
    """What several of them are called."""


class InteractionPart(Settings):
    """The relationships between users and items, in either direction."""

    type: Name = "RATED"
    """Relationship type."""
    time: Name | None = None
    """Property with the time: an integer, a date, or a date and time; without it, the order in
    each history is drawn at random."""
    rating: Name | None = None
    """Property with the user's rating; without it, a relationship says only that it happened."""
    past: Words = "chose"
    """What a user did, in sentences: "bought"."""
    participle: Words = "chosen"
    """Its past participle."""


class AttributePart(Settings):
    """The relationships between items and nodes that say something of them."""

    type: Name = "HAS"
    """Relationship type."""
    label: Name = "Attribute"
    """Label of the nodes."""
    key: Name = "id"
    """Property that identifies a node."""
    name: Name | None = None
    """Property with the name to show; the key if it is missing."""
    role: Role = Role.MAKER
    """"maker" (author, brand), "actor" (what takes part in it) or "genre" (category, tag)."""
    words: Annotated[str, Field(max_length=60)] = ""
    """What begins a sentence, before the name: "Written by"; by default the label."""


class LinkPart(Settings):
    """The relationships between two items, or between two users."""

    type: Name = "LINKED"
    """Relationship type."""
    weight: Name | None = None
    """Property that says how strong it is, a number above 0; without it, all are as strong."""
    direction: Literal["both", "out"] = "both"
    """"out": from what a user chose to the other item, or from a user to another, only; "both":
    the other way, too."""
    words: Annotated[str, Field(max_length=60)] = ""
    """Joins the two ends in a sentence: "Goes with"; "whom you follow"."""


@dataclass(frozen=True)
class Description:
    """A graph of someone else.

    Attributes:
        name: name of the data set.
        user: the users.
        item: the items.
        interaction: the relationships between them.
        attributes: the relationships between items and what says something of them.
        item_links: the relationships between items.
        user_links: the relationships between users.
    """

    name: str
    user: UserPart
    item: ItemPart
    interaction: InteractionPart
    attributes: tuple[AttributePart, ...] = ()
    item_links: tuple[LinkPart, ...] = ()
    user_links: tuple[LinkPart, ...] = ()

    def to_toml(self) -> str:
        """Return the description as the text of a TOML file."""
        parts = [("[user]", self.user), ("[item]", self.item), ("[interaction]", self.interaction)]
        parts += [("[[attribute]]", each) for each in self.attributes]
        parts += [("[[item_link]]", each) for each in self.item_links]
        parts += [("[[user_link]]", each) for each in self.user_links]
        sections = [f"name = {_text(self.name)}\n"]
        for title, part in parts:
            values = part.model_dump(mode="json").items()
            lines = [f"{key} = {_text(value)}\n" for key, value in values if value]
            sections.append("".join([f"{title}\n", *lines]))
        return "\n".join(sections)

    @property
    def schema(self) -> GraphSchema:
        """The names in the graph: the owner's types of attributes, and our own with a prefix."""
        return schema_of_another(
            tuple(
                AttributeRelation(
                    type=each.type,
                    role=each.role,
                    by=each.words or each.label,
                    noun=each.label.lower(),
                )
                for each in self.attributes
            ),
            ItemWords(
                item=self.item.singular,
                items=self.item.plural,
                saw=self.interaction.past,
                seen=self.interaction.participle,
                watched=self.interaction.past,
            ),
            movie_links=tuple(_link(each, _plain(each.type)) for each in self.item_links),
            user_links=tuple(_link(each, "whom you know") for each in self.user_links),
        )


def read_description(file: Path) -> Description:
    """Return the description in a TOML file.

    Raises:
        ConfigError: the file cannot be read, or a section, key or value is not allowed.
    """
    return parse_description(read_toml(file), str(file))


def parse_description(content: dict[str, Any], where: str) -> Description:
    """Return a description from plain values; ``where`` names their origin in messages.

    Raises:
        ConfigError: a section, key or value is missing or not allowed.
    """
    known = ("name", *_SECTIONS, "attribute", *_LINKS)
    for key in content:
        if key not in known:
            raise ConfigError(f"{where}: unknown key {key}; known: {', '.join(known)}")
    for key in ("name", *_SECTIONS):
        if key not in content:
            raise ConfigError(f"{where}: {key} is missing; run: pipeline init, which writes one")
    name = content["name"]
    if not isinstance(name, str) or not name.strip():
        raise ConfigError(f"{where}: name = {name!r} must be a text that is not empty")
    parts = [
        settings_from(AttributePart, _with_role(each), where, f"attribute {place}: ")
        for place, each in _numbered(content, "attribute", where)
    ]
    links = [
        tuple(
            settings_from(LinkPart, each, where, f"{key} {place}: ")
            for place, each in _numbered(content, key, where)
        )
        for key in _LINKS
    ]
    _check_types([*parts, *chain.from_iterable(links)], where)
    _check_roles(parts, where)
    return Description(
        name,
        settings_from(UserPart, content["user"], where, "user."),
        settings_from(ItemPart, content["item"], where, "item."),
        settings_from(InteractionPart, content["interaction"], where, "interaction."),
        tuple(sorted(parts, key=lambda part: list(Role).index(part.role))),
        *links,
    )


def _numbered(content: dict[str, Any], key: str, where: str) -> Iterable[tuple[int, Any]]:
    """Return the parts of a list in a description, each with its number from 1."""
    listed = content.get(key, [])
    if not isinstance(listed, list):
        raise ConfigError(f"{where}: {key} must be a list: begin each one with [[{key}]]")
    return enumerate(listed, start=1)


def _link(part: LinkPart, words: str) -> Link:
    return Link(part.type, part.words or words, part.weight or "", part.direction == "out")


def _plain(type_: str) -> str:
    """Return a relationship type as words: "Goes with" for GOES_WITH."""
    return type_.replace("_", " ").capitalize()


def _with_role(content: Any) -> Any:
    if isinstance(content, dict) and content.get("role") in list(Role):
        return {**content, "role": Role(content["role"])}
    return content


def _check_types(parts: Sequence[AttributePart | LinkPart], where: str) -> None:
    types = [part.type for part in parts]
    for type_ in types:
        if types.count(type_) > 1:
            raise ConfigError(
                f"{where}: two attributes or links have the type {type_}; describe it once"
            )


def _check_roles(parts: Sequence[AttributePart], where: str) -> None:
    roles: dict[str, Role] = {}
    for part in parts:
        other = roles.setdefault(part.label, part.role)
        if (part.role is Role.GENRE) != (other is Role.GENRE):
            raise ConfigError(
                f"{where}: {part.label} nodes are {other} for one type and {part.role} for "
                "another; give both the same role"
            )


def _text(value: str) -> str:
    """Return a text as TOML writes it."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def guessed_role(per_item: float, share: float) -> Role:
    """Guess the role from the attributes of an item and the share of items with an attribute."""
    if share >= _MANY:
        return Role.GENRE
    return Role.ACTOR if per_item >= _SEVERAL else Role.MAKER
