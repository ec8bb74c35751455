"""What a user watched, for people to read."""

from __future__ import annotations

from pipeline.explanation.page import WatchedFilm
from pipeline.graph import Graph
from pipeline.queries import load_query


def read_history(graph: Graph, user_id: int) -> list[WatchedFilm]:
    """Return the films that a user rated in the training part, the newest first."""
    rows = graph.rows(load_query("read/history"), userId=user_id)
    return [WatchedFilm(*row) for row in rows]
