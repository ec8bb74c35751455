"""Queries and links that show a run in Neo4j Browser."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.explanation.explain import explain
from pipeline.graph import Graph
from pipeline.naming import translate
from pipeline.queries import load_query
from pipeline.runs.stored import check_run_id
from pipeline.schema import MOVIELENS, GraphSchema
from pipeline.server.browser import browser_link
from pipeline.server.types import ServerStatus

_PARAMETER = re.compile(r"\$(\w+)")


@dataclass(frozen=True)
class View:
    """Something to look at in Browser.

    Attributes:
        title: what it shows.
        query: the Cypher query, without parameters.
        link: address that opens Browser with the query in its editor; None if Browser's address is
            unknown.
        user_id: the user whom it is about, or None.
    """

    title: str
    query: str
    link: str | None
    user_id: int | None = None


def browse(
    graph: Graph,
    server: ServerStatus,
    user_id: int | None = None,
    movie_id: int | None = None,
    *,
    run_id: str | None = None,
) -> View:
    """Return what shows the graph, a user's recommendations, or why a movie was recommended.

    Args:
        graph: the graph.
        server: the server with Browser.
        user_id: a userId, or None for a look at the graph.
        movie_id: a movieId that is recommended to the user, or None for all of them.
        run_id: the run, by default the newest.

    Raises:
        NotFoundError: the run, the user or the recommendation does not exist.
    """
    if user_id is None:
        title = "a film, its people and its genres"
        if graph.schema is not MOVIELENS:
            title = f"one {graph.schema.words.item} and its attributes"
        return view(server, title, "graph", graph.schema)
    found = explain(graph, user_id, movie_id, run_id=run_id)
    first = found[0]
    if movie_id is None:
        title = f"the {graph.schema.words.items} recommended to user {user_id}"
        values: dict[str, int | str] = {"userId": user_id, "runId": first.run_id}
        return view(server, title, "recommendations", graph.schema, **values)
    return explanation_view(server, user_id, first.movie, first.rank, first.run_id, graph.schema)


def explanation_view(
    server: ServerStatus,
    user_id: int,
    movie: str,
    rank: int,
    run_id: str,
    schema: GraphSchema = MOVIELENS,
) -> View:
    """Return what shows why a movie (its name) has this rank on a user's list."""
    title = f"why {movie} was recommended to user {user_id}"
    return view(server, title, "draw_explanation", schema, userId=user_id, rank=rank, runId=run_id)


def first_picture(
    graph: Graph, server: ServerStatus, run_id: str, users: Sequence[int] | None = None
) -> View | None:
    """Return what shows why a run's first user got the first movie; None without such a one.

    Args:
        graph: the graph.
        server: the server with Browser.
        run_id: the run.
        users: the userIds to choose from; None for all.
    """
    query = load_query("read/first_recommendation")
    chosen = None if users is None else list(users)
    rows = graph.read(query, runId=run_id, users=chosen)
    if not rows:
        return None
    user, movie = rows[0]["userId"], rows[0]["movie"]
    return explanation_view(server, user, movie, 1, run_id, graph.schema)


def view(
    server: ServerStatus,
    title: str,
    name: str,
    schema: GraphSchema = MOVIELENS,
    **values: int | str,
) -> View:
    """Return a saved query of cypher/browser/ as a view, with these values for its parameters."""
    query = filled_query(name, schema, **values)
    link = link_to(server, query)
    user_id = values.get("userId")
    return View(title, query, link, user_id if isinstance(user_id, int) else None)


def link_to(server: ServerStatus, query: str, *, run: bool = False) -> str | None:
    """Return the address that opens Browser of a server; see browser_link. None if unknown."""
    if server.browser is None:
        return None
    bolt = server.browser_bolt or server.uri
    return browser_link(server.browser, bolt, server.user, query, run=run)


def filled_query(name: str, schema: GraphSchema = MOVIELENS, **values: int | str) -> str:
    """Return a query of cypher/browser/ with values for its parameters, without its comment.

    Args:
        name: name of the file.
        schema: the names in the graph.
        values: the parameters.

    Raises:
        NotFoundError: a string cannot be a run's name.
    """
    text = translate(load_query(f"browser/{name}"), schema)
    lines = [line for line in text.splitlines() if not line.startswith("//")]
    return _PARAMETER.sub(lambda found: _literal(values[found[1]]), "\n".join(lines))


def _literal(value: int | str) -> str:
    return str(value) if isinstance(value, int) else f"'{check_run_id(value)}'"
