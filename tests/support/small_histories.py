"""Histories written down movie by movie, and the ids and rows of a few users and movies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.content.histories import Histories
from pipeline.ids import EntityIds, UserIds, UserRows


def histories(
    *rows: Sequence[int], ratings: Sequence[Sequence[float]] | None = None, first_user: int = 0
) -> Histories:
    """Return the histories of users 1, 2 ..., the earliest movie first.

    Args:
        rows: entityIds of each user's movies.
        ratings: stars of each user's movies; None: the graph has none.
        first_user: entityId of user 1; those of the others follow.
    """
    unknown = [[np.nan] * len(row) for row in rows]
    stars = [star for row in ratings or unknown for star in row]
    users = np.arange(len(rows), dtype=np.int64)
    return Histories(
        UserIds(users + 1),
        EntityIds(users + first_user),
        np.cumsum([0, *map(len, rows)], dtype=np.int64),
        np.array([movie for row in rows for movie in row], dtype=np.int32),
        np.array([place for row in rows for place in range(len(row))], dtype=np.int64),
        np.array(stars, dtype=np.float32),
    )


def user_rows(*rows: int) -> UserRows:
    """Return these rows of users."""
    return UserRows(np.array(rows, dtype=np.int64))


def movies_in(watched: Histories) -> EntityIds:
    """Return all movies of these histories, ascending."""
    return EntityIds(np.unique(watched.movies).astype(np.int64))
