"""Load the query files under cypher/: one query per file, documented by its leading comment.

The comment describes the query, then lists ``Parameters:`` (each as ``$name``, or ``none``) and
``Returns:`` (the columns, or ``nothing``). Loading fails if a file is empty, or if its comment and
its text name different parameters.
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
        name: path below cypher/ without the extension, for example ``paths/hops_3``.
        text: the Cypher text, including the comment.
        description: the leading comment up to ``Parameters:``.
        parameters: names that must be passed when the query runs.
        renamed: True if its names are those of a graph that is not the pipeline's own.
    """

    name: str
    text: str
    description: str
    parameters: frozenset[str]
    renamed: bool = False


class QueryFileError(ValueError):
    """A query file is missing, empty, or contradicts its own comment: a bug in the project."""


@cache
def load_query(name: str) -> Query:
    """Return the query in ``cypher/<name>.cypher``.

    Raises:
        QueryFileError: the file is missing, empty or undocumented, or its parameters differ from
            those in its comment.
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
        QueryFileError: see load_query.
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
        raise QueryFileError(f"cypher/{name}.cypher contains no query")
    description, marker, rest = comment.partition("Parameters:")
    declared_text, returns, _ = rest.partition("Returns:")
    if not (description.strip() and marker and returns):
        raise QueryFileError(
            f"cypher/{name}.cypher: the leading comment needs a description, Parameters: "
            "and Returns:"
        )
    declared = set(_PARAMETER.findall(declared_text))
    if declared != used:
        raise QueryFileError(
            f"cypher/{name}.cypher: comment and query name different parameters: "
            f"{sorted(declared ^ used)}"
        )
    return Query(name, text, " ".join(description.split()), frozenset(used))
