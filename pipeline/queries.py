"""Loads the query files under cypher/: one query a file, documented by its leading comment.

The comment says what the query is for, then ``Parameters:`` (each as ``$name``, or ``none``) and
``Returns:`` (the columns, or ``nothing``). A file that is empty or whose comment and text disagree
about the parameters is refused when it is loaded, not when it runs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_PARAMETER = re.compile(r"\$(\w+)")
_STRING_OR_COMMENT = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|//[^\n]*")


@dataclass(frozen=True)
class Query:
    """One query file.

    Attributes:
        name: path below cypher/ without the ending, for example ``paths/hops_3``.
        text: the Cypher text, comment included.
        description: the leading comment up to ``Parameters:``.
        parameters: names that must be given when it runs.
    """

    name: str
    text: str
    description: str
    parameters: frozenset[str]


class QueryFileError(ValueError):
    """A query file is missing, empty, or contradicts its own comment: a mistake in the project."""


@cache
def load_query(name: str) -> Query:
    """The query file ``cypher/<name>.cypher``.

    Raises:
        QueryFileError: missing, empty, undocumented, or parameters differ from the comment's.
    """
    resource = files("cypher").joinpath(f"{name}.cypher")
    try:
        text = resource.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise QueryFileError(f"there is no query file cypher/{name}.cypher") from None
    return parse_query(name, text)


def parse_query(name: str, text: str) -> Query:
    """Check ``text`` against its leading comment and return it as a query.

    Raises:
        QueryFileError: as for load_query.
    """
    lines = text.strip().splitlines()
    header = []
    for line in lines:
        if not line.startswith("//"):
            break
        header.append(line.removeprefix("//").strip())
    comment = "\n".join(header)
    used = set(_PARAMETER.findall(_STRING_OR_COMMENT.sub(" ", text)))
    if not _STRING_OR_COMMENT.sub("", text).strip():
        raise QueryFileError(f"cypher/{name}.cypher holds no query")
    description, marker, rest = comment.partition("Parameters:")
    declared_text, returns, _ = rest.partition("Returns:")
    if not (description.strip() and marker and returns):
        raise QueryFileError(
            f"cypher/{name}.cypher: the leading comment lacks a purpose, Parameters: or Returns:"
        )
    declared = set(_PARAMETER.findall(declared_text))
    if declared != used:
        raise QueryFileError(
            f"cypher/{name}.cypher: comment and text differ in {sorted(declared ^ used)}"
        )
    return Query(name, text, " ".join(description.split()), frozenset(used))
