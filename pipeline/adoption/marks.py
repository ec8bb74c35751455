"""The marks on prepared nodes of someone else: our labels, numbers and names beside the owner's."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.adoption.reading import OwnerTables
from pipeline.content.catalogue import movie_name
from pipeline.load.transform import GraphTables
from pipeline.load.writes import plain_rows
from pipeline.schema import ACTED_IN, DIRECTED, IN_GENRE, MOVIELENS

if TYPE_CHECKING:
    from pandas import DataFrame

MARKS = {
    MOVIELENS.movie: "adopt/mark_items",
    MOVIELENS.user: "adopt/mark_users",
    MOVIELENS.person: "adopt/mark_people",
    MOVIELENS.genre: "adopt/mark_genres",
}
"""The query that marks the nodes of each label."""

_ENDS = {
    IN_GENRE: (MOVIELENS.genre, "name"),
    DIRECTED: (MOVIELENS.person, "personId"),
    ACTED_IN: (MOVIELENS.person, "personId"),
}


def marks_of(label: str, owner: OwnerTables, nodes: DataFrame) -> Iterator[dict[str, Any]]:
    """Yield what each node of a label gets, with its elementId as ``element``.

    Args:
        label: label as MOVIELENS names it.
        owner: what the graph holds.
        nodes: the nodes of this label in GraphTables.
    """
    for row in plain_rows(nodes):
        if label == MOVIELENS.user:
            row |= {
                "element": owner.users[row["userId"]],
                "ownKey": owner.user_keys[row["userId"]],
                "name": owner.user_names[row["userId"]],
            }
        elif label == MOVIELENS.movie:
            row |= {
                "element": owner.items[row["movieId"]],
                "ownKey": owner.item_keys[row["movieId"]],
                "name": movie_name(row["title"], row["year"]),
            }
            del row["imdbId"]
        else:
            key = row["personId"] if label == MOVIELENS.person else row["name"]
            row |= {
                "key": key,
                "element": owner.attributes[key],
                "name": owner.attribute_names[key],
            }
        yield row


def ties_hash(wanted: GraphTables, limit: int) -> str:
    """Return the SHA-256 of the relationships of items and attributes with entityIds below a limit.

    It tells whether such relationships were added or removed since, and for no others.
    """
    items = wanted.nodes[MOVIELENS.movie].set_index("movieId")["entityId"]
    digest = hashlib.sha256()
    for relation, (label, key) in _ENDS.items():
        ends = wanted.nodes[label].set_index(key)["entityId"]
        frame = wanted.relationships[relation]
        pairs = np.column_stack([frame["movieId"].map(items), frame[key].map(ends)])
        pairs = np.unique(pairs[(pairs < limit).all(axis=1)].astype("<i8"), axis=0)
        digest.update(f"{relation} {len(pairs)}\n".encode())
        digest.update(pairs.tobytes())
    return digest.hexdigest()
