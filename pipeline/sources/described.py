"""Read a folder of CSV files that a description, graph.toml, gives a meaning.

items.csv: item, and optionally name and year. interactions.csv: user, item, and time and rating if
the description names them. users.csv, which may be missing: user, name. One file for each
attribute, named after its relationship type in small letters, such as made_by.csv: item, key, and
optionally name. One for each link: item or user, other, and weight if the description names one.
Each is plain or gzip.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pipeline.description import AttributePart, Description, LinkPart, read_description
from pipeline.errors import SourceError
from pipeline.sources.delimited import CSV, Layout, Rows, read_rows
from pipeline.sources.link_reports import FactsCheck
from pipeline.sources.tables import RefusedRow

DESCRIPTION_FILE = "graph.toml"
Key = str | int
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass
class DescribedTables:
    """The nodes and relationships of a described folder.

    Attributes:
        described: the description.
        where: the folder.
        users: name, or None, by key.
        items: name and year, or None, by key.
        interactions: (item, time, rating) by user, in the order of the file.
        attributes: (item, key of the attribute, name or None) of each of the described ones.
        origins: name of the file that each of the attributes is from.
        links: (from, to, weight or None) of each of the described links, those of items first.
        refused: the unusable rows.
        checks: how alike items are that share an attribute, by file; see check_attributes.
        rows_read: number of all rows.
    """

    described: Description
    where: Path
    users: dict[Key, str | None] = field(default_factory=dict)
    items: dict[Key, tuple[str | None, int | None]] = field(default_factory=dict)
    interactions: dict[Key, list[tuple[Key, Key | None, float | None]]] = field(
        default_factory=dict
    )
    attributes: list[list[tuple[Key, Key, str | None]]] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)
    links: list[list[tuple[Key, Key, float | None]]] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    checks: list[FactsCheck] = field(default_factory=list)
    rows_read: int = 0

    @property
    def digest(self) -> str:
        """SHA-256 of the description and of all usable rows."""
        content = [
            self.described.to_toml(),
            list(self.users.items()),
            list(self.items.items()),
            list(self.interactions.items()),
            self.attributes,
            *self.links,
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    @property
    def warnings(self) -> list[str]:
        """Why facts seem to stand on wrong items, in words; empty if they do not."""
        return [warning for check in self.checks for warning in check.warnings]


def is_described(folder: Path) -> bool:
    """Return True if the folder has a description."""
    return (folder / DESCRIPTION_FILE).is_file()


def read_described(folder: Path) -> DescribedTables:
    """Read the description and the files that it needs.

    Raises:
        ConfigError: the description is not allowed.
        SourceError: a file is missing or unusable, or has no usable row.
    """
    described = read_description(folder / DESCRIPTION_FILE)
    tables = DescribedTables(described, folder)
    read_items(tables, _file(folder, "items.csv"))
    for file in _named(folder, "users.csv"):
        _read_users(tables, file)
    read_interactions(tables, _file(folder, "interactions.csv"))
    for part in described.attributes:
        _read_attribute(tables, part, _file(folder, file_of(part)))
    for link in described.item_links:
        _read_links(tables, link, _file(folder, file_of(link)), "item", tables.items)
    for link in described.user_links:
        _read_links(tables, link, _file(folder, file_of(link)), "user", tables.users)
    return tables


def file_of(part: AttributePart | LinkPart) -> str:
    """Return the name of the file of an attribute or link: "made_by.csv"."""
    return re.sub(r"\W+", "_", part.type).lower() + ".csv"


def _named(folder: Path, name: str) -> list[Path]:
    files = (folder / name, folder / f"{name}.gz")
    return [file for file in files if file.is_file()][:1]


def _file(folder: Path, name: str) -> Path:
    for file in _named(folder, name):
        return file
    held = ", ".join(sorted(file.name for file in folder.iterdir())[:10])
    raise SourceError(f"{folder} has neither {name} nor {name}.gz; it contains {held}")


def read_items(
    tables: DescribedTables,
    file: Path,
    layout: Layout = CSV,
    rename: Mapping[str, str] | None = None,
    *,
    any_year: bool = False,
) -> None:
    """Read a file of items; see read_rows for ``layout`` and ``rename``.

    A year that is no whole number spoils its row, or counts as unknown with ``any_year``.
    """
    rows = read_rows(file, ("item",), layout, optional=("name", "year"), rename=rename)
    keys = keys_of(rows.columns["item"])
    names, years = _column(rows, "name"), _column(rows, "year")

    def reason(row: int) -> str | None:
        if keys[row] == "":
            return "the item is blank"
        if keys[row] in tables.items:
            return f"item {keys[row]} is on an earlier line"
        year = int(years[row]) if _WHOLE.fullmatch(years[row]) else None
        if years[row] and year is None and not any_year:
            return f"year {years[row]!r} is no whole number"
        tables.items[keys[row]] = names[row] or None, year
        return None

    take(tables, rows, reason)


def _read_users(tables: DescribedTables, file: Path) -> None:
    rows = read_rows(file, ("user",), optional=("name",))
    keys, names = keys_of(rows.columns["user"]), _column(rows, "name")

    def reason(row: int) -> str | None:
        if keys[row] == "":
            return "the user is blank"
        if keys[row] in tables.users:
            return f"user {keys[row]} is on an earlier line"
        tables.users[keys[row]] = names[row] or None
        return None

    take(tables, rows, reason)


def read_interactions(
    tables: DescribedTables,
    file: Path,
    layout: Layout = CSV,
    rename: Mapping[str, str] | None = None,
) -> None:
    """Read a file of interactions; see read_rows for ``layout`` and ``rename``."""
    part = tables.described.interaction
    timed, rated = part.time is not None, part.rating is not None
    wanted = ("user", "item", *(["time"] if timed else []), *(["rating"] if rated else []))
    rows = read_rows(file, wanted, layout, rename=rename)
    users, items = keys_of(rows.columns["user"]), keys_of(rows.columns["item"], tables.items)
    times, ratings = _column(rows, "time"), _column(rows, "rating")
    known = set(tables.users) if tables.users else None

    def reason(row: int) -> str | None:
        user, item = users[row], items[row]
        if user == "":
            return "the user is blank"
        if known is not None and user not in known:
            return f"user {user} is not in users.csv"
        if item not in tables.items:
            return f"item {item} is not in items.csv"
        when: Key | None = None
        if timed:
            when = _time(times[row])
            if when is None:
                return f"time {times[row]!r} is no number, and no date and time in ISO 8601"
        stars: float | None = None
        if rated and ratings[row]:
            stars = _number(ratings[row])
            if stars is None:
                return f"rating {ratings[row]!r} is no number"
        tables.interactions.setdefault(user, []).append((item, when, stars))
        tables.users.setdefault(user, None)
        return None

    take(tables, rows, reason)


def _read_attribute(tables: DescribedTables, part: AttributePart, file: Path) -> None:
    rows = read_rows(file, ("item", "key"), optional=("name",))
    items, keys = keys_of(rows.columns["item"], tables.items), keys_of(rows.columns["key"])
    names = _column(rows, "name")
    found: dict[tuple[Key, Key], str | None] = {}

    def reason(row: int) -> str | None:
        if keys[row] == "":
            return "the key is blank"
        if items[row] not in tables.items:
            return f"item {items[row]} is not in items.csv"
        found.setdefault((items[row], keys[row]), names[row] or None)
        return None

    take(tables, rows, reason)
    tables.attributes.append([(item, key, name) for (item, key), name in found.items()])
    tables.origins.append(file.name)


def _read_links(
    tables: DescribedTables, part: LinkPart, file: Path, end: str, known: Mapping[Key, object]
) -> None:
    """Read the relationships between two items or two users; ``end`` is "item" or "user"."""
    weighted = ["weight"] if part.weight else []
    rows = read_rows(file, (end, "other", *weighted))
    starts, others = (keys_of(rows.columns[name], known) for name in (end, "other"))
    weights = _column(rows, "weight")
    found: dict[tuple[Key, Key], float | None] = {}

    def reason(row: int) -> str | None:
        for key in (starts[row], others[row]):
            if key not in known:
                return f"{end} {key} is not known" if key != "" else f"the {end} is blank"
        weight = None
        if part.weight:
            weight = _number(weights[row])
            if weight is None or weight <= 0:
                return f"weight {weights[row]!r} is no number above 0"
        found.setdefault((starts[row], others[row]), weight)
        return None

    take(tables, rows, reason)
    tables.links.append([(start, other, weight) for (start, other), weight in found.items()])


def _number(text: str) -> float | None:
    """Return a finite number, None if the text is none."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None


def take(tables: DescribedTables, rows: Rows, reason: Callable[[int], str | None]) -> None:
    """Take every row; ``reason`` says why it cannot be used, or takes it and returns None."""
    found = {row: why for row in range(len(rows.lines)) if (why := reason(row)) is not None}
    refused = sorted(rows.refused + rows.refuse(found), key=lambda row: row.line)
    if len(refused) == rows.read:
        raise SourceError(
            f"{rows.file}: none of its {rows.read} rows is usable; line {refused[0].line}: "
            f"{refused[0].reason}"
        )
    tables.refused += refused
    tables.rows_read += rows.read


def _column(rows: Rows, name: str) -> Sequence[str]:
    return rows.columns.get(name) or [""] * len(rows.lines)


def keys_of(texts: Sequence[str], known: Mapping[Key, object] | None = None) -> list[Key]:
    """Return keys as integers if all are whole numbers, or if those that are known are integers."""
    filled = [text for text in texts if text]
    if known:
        whole = isinstance(next(iter(known)), int)
    else:
        whole = bool(filled) and all(_is_plain(text) for text in filled)
    return [int(text) if whole and _is_plain(text) else text for text in texts]


def _is_plain(text: str) -> bool:
    """Return True for a whole number that is written as Python writes it, so not for 007."""
    return bool(_WHOLE.fullmatch(text)) and str(int(text)) == text


def _time(text: str) -> Key | None:
    """Return a time in seconds, or as it is in ISO 8601; None if it is neither."""
    if _WHOLE.fullmatch(text):
        return int(text)
    try:
        datetime.fromisoformat(text)
    except ValueError:
        try:
            return int(float(text))
        except (ValueError, OverflowError):
            return None
    return text
