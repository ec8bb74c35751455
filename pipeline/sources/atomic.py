"""Read RecBole's atomic files: NAME.inter and, if they are there, NAME.item, NAME.kg and NAME.link.

They are tab-separated, with a header of ``name:type``; a token_seq is a list, separated by blanks
(RecBole's documentation, "Atomic Files"). .inter has user_id and item_id, and may have timestamp
and rating. .item has item_id; a token_seq whose name ends with "name" or "title" becomes the name,
release_year the year, any other token_seq attributes. .kg has triples of head_id, relation_id and
tail_id, .link the entity_id of items: a triple that joins an item to what is no item becomes an
attribute of the item.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from pipeline.description import (
    AttributePart,
    Description,
    InteractionPart,
    ItemPart,
    UserPart,
    guessed_role,
)
from pipeline.errors import SourceError
from pipeline.progress import say
from pipeline.schema import Role
from pipeline.sources.delimited import TSV, Rows, read_rows
from pipeline.sources.described import (
    DescribedTables,
    Key,
    keys_of,
    read_interactions,
    read_items,
    take,
)
from pipeline.sources.lines import iter_lines

_INTER = {"user_id": "user", "item_id": "item", "timestamp": "time", "rating": "rating"}
_TRIPLE = ("head_id", "relation_id", "tail_id")
_LIST = ":token_seq"
_Ties = dict[tuple[Key, Key], str | None]  # (item, key of the attribute) -> name


def is_atomic(folder: Path) -> bool:
    """Return True if the folder has one file of interactions."""
    return len(_files(folder, ".inter")) == 1


def read_atomic(folder: Path) -> DescribedTables:
    """Read the atomic files of a folder; the description is made from what they hold.

    Raises:
        SourceError: a file is unusable, or has no usable row.
    """
    [inter] = _files(folder, ".inter")
    columns = _columns(inter, "user_id", "item_id")
    described = Description(
        name=inter.name.removesuffix(".gz").removesuffix(".inter"),
        user=UserPart(label="User", key="id"),
        item=ItemPart(label="Item", key="id", name="name", year="year"),
        interaction=InteractionPart(
            type="INTERACTED",
            time="time" if "timestamp" in columns else None,
            rating="rating" if "rating" in columns else None,
        ),
    )
    tables = DescribedTables(described, folder)
    lists = _read_items(tables, folder, inter)
    names = {columns[own]: ours for own, ours in _INTER.items() if own in columns}
    read_interactions(tables, inter, TSV, names)
    for type_, ties in lists.items():
        _add(tables, type_, ties, _files(folder, ".item")[0].name)
    for type_, ties in _read_triples(tables, folder).items():
        _add(tables, type_, ties, _files(folder, ".kg")[0].name)
    return tables


def _read_items(tables: DescribedTables, folder: Path, inter: Path) -> dict[str, _Ties]:
    """Read the items, and return the attributes in their lists, by relationship type."""
    files = _files(folder, ".item")
    if not files:
        rows = read_rows(
            inter, ("item",), TSV, rename={_columns(inter, "item_id")["item_id"]: "item"}
        )
        tables.items = {key: (None, None) for key in keys_of(rows.columns["item"]) if key != ""}
        return {}
    columns = _columns(files[0], "item_id")
    rename = {columns["item_id"]: "item"}
    rename |= {columns["release_year"]: "year"} if "release_year" in columns else {}
    texts = [name for name in columns if name.endswith(("name", "title"))]
    rename |= {columns[texts[0]]: "name"} if texts else {}
    read_items(tables, files[0], TSV, rename, any_year=True)
    lists = [name for name, header in columns.items() if header.endswith(_LIST)]
    found: dict[str, _Ties] = {}
    for name in lists:
        if name not in texts:
            rename = {columns["item_id"]: "item", columns[name]: "list"}
            rows = read_rows(files[0], ("item", "list"), TSV, rename=rename)
            items = keys_of(rows.columns["item"], tables.items)
            found[name.upper()] = {
                (item, part): None
                for item, listed in zip(items, rows.columns["list"], strict=True)
                for part in listed.split()
                if item in tables.items
            }
    return {type_: ties for type_, ties in found.items() if ties}


def _read_triples(tables: DescribedTables, folder: Path) -> dict[str, _Ties]:
    """Return the attributes that triples give to items, by relationship type."""
    links, triples = _files(folder, ".link"), _files(folder, ".kg")
    if not (links and triples):
        return {}
    columns = _columns(links[0], "item_id", "entity_id")
    linked = read_rows(
        links[0],
        ("item", "entity"),
        TSV,
        rename={columns["item_id"]: "item", columns["entity_id"]: "entity"},
    )
    item_of: dict[str, Key] = {}
    items = keys_of(linked.columns["item"], tables.items)
    _refuse_unknown(tables, linked, items)
    for item, entity in zip(items, linked.columns["entity"], strict=True):
        if item in tables.items and entity:
            item_of.setdefault(entity, item)
    columns = _columns(triples[0], *_TRIPLE)
    rows = read_rows(triples[0], _TRIPLE, TSV, rename={columns[name]: name for name in _TRIPLE})
    take(tables, rows, lambda row: None)
    found: dict[str, _Ties] = {}
    heads, relations, tails = (rows.columns[name] for name in _TRIPLE)
    for head, relation, tail in zip(heads, relations, tails, strict=True):
        if (head in item_of) != (tail in item_of):
            item, other = (item_of[head], tail) if head in item_of else (item_of[tail], head)
            found.setdefault(relation, {})[item, other] = None
    say(
        f"{links[0].name}: {len(set(item_of.values())):,} of {len(tables.items):,} items are linked"
    )
    return found


def _refuse_unknown(tables: DescribedTables, rows: Rows, items: Iterable[Key]) -> None:
    listed = list(items)
    take(
        tables,
        rows,
        lambda row: None if listed[row] in tables.items else f"item {listed[row]} is unknown",
    )


def _add(
    tables: DescribedTables, type_: str, ties: Mapping[tuple[Key, Key], str | None], origin: str
) -> None:
    """Add an attribute, from the file ``origin``, with the role that its numbers suggest."""
    per_item = Counter(item for item, _ in ties)
    per_attribute = Counter(key for _, key in ties)
    role = guessed_role(
        len(ties) / len(per_item), len(ties) / len(per_attribute) / len(tables.items)
    )
    part = AttributePart(
        type=type_,
        label="Category" if role is Role.GENRE else "Entity",
        key="id",
        role=role,
        words=type_.rpartition(".")[2].replace("_", " ").lower().capitalize()[:60],
    )
    say(f"{type_}: {role}, guessed from the numbers")
    rows = [(item, key, name) for (item, key), name in ties.items()]
    known = zip(tables.described.attributes, tables.attributes, tables.origins, strict=True)
    parts = sorted([*known, (part, rows, origin)], key=lambda each: list(Role).index(each[0].role))
    tables.described = replace(tables.described, attributes=tuple(each for each, _, _ in parts))
    tables.attributes = [rows for _, rows, _ in parts]
    tables.origins = [origin for _, _, origin in parts]


def _columns(file: Path, *needed: str) -> dict[str, str]:
    """Return the headers of a file's columns by their names without types.

    Raises:
        SourceError: a column is missing.
    """
    lines = next(iter_lines(file, TSV.encoding), None)
    header = lines.texts[0] if lines and lines.texts else ""
    columns = {each.partition(":")[0].strip(): each.strip() for each in header.split("\t")}
    for name in needed:
        if name not in columns:
            raise SourceError(f"{file} has no column {name}; it has {', '.join(columns)}")
    return columns


def _files(folder: Path, suffix: str) -> list[Path]:
    return sorted(
        file for file in folder.iterdir() if file.name.removesuffix(".gz").endswith(suffix)
    )
