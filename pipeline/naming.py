"""Translates query files, which spell out the names of MovieLens, to the names of another graph.

This is the only place where Cypher is made from names. Every name is quoted, so a name can contain
anything and never becomes a part of the query's structure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from pipeline.queries import Query
from pipeline.schema import (
    ACTED_IN,
    DIRECTED,
    IN_GENRE,
    INDEXES,
    KNOWS,
    LINKED,
    MOVIELENS,
    PROPERTIES,
    WROTE,
    GraphSchema,
    Role,
)

_PARTS = re.compile(
    r"""(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<space>\s+|//[^\n]*)
    | (?P<quoted>`(?:[^`]|``)*`)
    | (?P<word>\$?\w+)
    | (?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
_ROWS = re.compile(r"UNWIND\s+(?:\$|(\w+)\.)\w+\s+AS\s+(\w+)")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAMED = (":", "|", "&", "!")  # what stands before a label or a type


def translate(query: Query, schema: GraphSchema) -> str:
    """Return the text of a query, whose names are those of MOVIELENS, in the names of ``schema``.

    Labels, relationship types, properties, and names of indexes and constraints are replaced, also
    in strings that consist of one of them. Keys of maps that the pipeline sends or receives stay
    what they are. A query that was renamed already is left alone.
    """
    if schema is MOVIELENS or query.renamed:
        return query.text
    return _translated(query.text, schema)


@lru_cache(maxsize=1_000)
def _translated(text: str, schema: GraphSchema) -> str:
    names = {getattr(MOVIELENS, name): quoted(getattr(schema, name)) for name in MOVIELENS.named}
    strings = {getattr(MOVIELENS, name): getattr(schema, name) for name in MOVIELENS.named}
    strings["embedding"] = schema.property_of("embedding")
    indexes = {name: schema.index_of(name) for name in INDEXES}
    properties = {name: schema.property_of(name) for name in PROPERTIES}
    return "".join(
        _Translation(text, names | _ties(schema), properties, strings | indexes, indexes).parts()
    )


def rename(query: Query, names: Mapping[str, str], properties: Mapping[str, str]) -> Query:
    """Return a query with other labels and relationship types, and other properties."""
    known = {name: quoted(other) for name, other in names.items()}
    text = "".join(_Translation(query.text, known, properties, {}, {}).parts())
    return replace(query, text=text, renamed=True)


def quoted(name: str) -> str:
    """Return a label, type or property as Cypher writes it: in backticks unless it is plain.

    Cypher turns \\u0060 into a backtick before it looks for names, so backslashes are written as
    such escapes themselves.
    """
    if _PLAIN.fullmatch(name):
        return name
    return "`" + name.replace("\\", "\\u005C").replace("`", "``") + "`"


class _Translation:
    """One query on its way to other names.

    Args of the constructor:
        text: the query.
        names: labels and types, by those in the text, as Cypher writes them.
        properties: properties, by those in the text.
        strings: the contents of strings, by those in the text.
        words: names that are not behind a colon, by those in the text.
    """

    def __init__(
        self,
        text: str,
        names: Mapping[str, str],
        properties: Mapping[str, str],
        strings: Mapping[str, str],
        words: Mapping[str, str],
    ) -> None:
        self._text, self._names, self._properties = text, names, properties
        self._strings, self._words = strings, words
        self._rows = {match[2] for match in _ROWS.finditer(text)}  # maps that the pipeline sent
        self._before = ["", ""]  # the last two tokens, the newer one last
        self._patterns: list[bool] = []  # of each open brace, whether it is part of a pattern

    def parts(self) -> Iterator[str]:
        for match in _PARTS.finditer(self._text):
            kind, part = match.lastgroup, match[0]
            if kind == "space":
                yield part
                continue
            if part == "{":
                older, newer = self._before
                self._patterns.append(older in _NAMED and bool(_PLAIN.fullmatch(newer)))
            elif part == "}":
                self._patterns.pop()
            if kind == "string":
                yield self._string(part)
            else:
                yield self._word(part) if kind == "word" else part
            self._before = [self._before[1], part]

    def _string(self, part: str) -> str:
        content = self._strings.get(part[1:-1])
        if content is None:
            return part
        return "'" + content.replace("\\", "\\\\").replace("'", "\\'") + "'"

    def _word(self, part: str) -> str:
        older, newer = self._before
        if newer in _NAMED and part in self._names:
            return self._names[part]
        if part in self._words:
            return self._words[part]
        if part in self._properties and (
            (newer == "." and older not in self._rows)
            or (newer in ("{", ",") and self._patterns[-1:] == [True])
        ):
            return quoted(self._properties[part])
        return part


def _ties(schema: GraphSchema) -> dict[str, str]:
    """Return what stands for the owner's types: all types of a role, and all links."""
    found = {DIRECTED: Role.MAKER, ACTED_IN: Role.ACTOR, IN_GENRE: Role.GENRE}
    none = quoted(f"{schema.prefix.upper()}_NONE")  # a type that no graph has
    ties = {WROTE: none}  # makers are not told apart
    for known, role in found.items():
        types = [quoted(each.type) for each in schema.attributes if each.role is role]
        ties[known] = "|".join(types) or none
    for known, links in ((LINKED, schema.movie_links), (KNOWS, schema.user_links)):
        ties[known] = "|".join(quoted(each.type) for each in links) or none
    return ties
