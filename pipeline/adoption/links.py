"""Checks the relationships between items, and between users, that a description names.

Nothing is stored of them: paths go over the owner's relationships as they are.
"""

from __future__ import annotations

from pipeline.adoption.reading import NO_PROPERTY
from pipeline.description import Description, LinkPart
from pipeline.errors import GraphContentError
from pipeline.graph import Graph
from pipeline.naming import rename
from pipeline.progress import say
from pipeline.queries import load_query
from pipeline.schema import LINKED, MOVIELENS


def check_links(graph: Graph, described: Description) -> None:
    """Check that every link of the description is there, and say which ones are on no path.

    Raises:
        GraphContentError: no relationship of a type joins two items or two users, or none has the
            weight.
    """
    for part in described.item_links:
        _check(graph, part, described.item.label)
    for part in described.user_links:
        _check(graph, part, described.user.label)


def _check(graph: Graph, part: LinkPart, label: str) -> None:
    query = rename(
        load_query("adopt/count_links"),
        {MOVIELENS.movie: label, LINKED: part.type},
        {"weight": part.weight or NO_PROPERTY},
    )
    [found] = graph.read(query)
    number, strong = found["number"], found["strong"]
    if not number:
        raise GraphContentError(
            f"no {part.type} relationship joins two {label} nodes; correct the type, or leave the "
            "link out"
        )
    if part.weight is None or strong == number:
        return
    if not strong:
        raise GraphContentError(
            f"no {part.type} relationship has a {part.weight} that is a number above 0; name "
            "another property, or leave the weight out"
        )
    say(
        f"{number - strong:,} of {number:,} {part.type} relationships have no {part.weight} above "
        "0, and are on no path"
    )
