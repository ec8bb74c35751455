"""A guided tour of a run in Neo4j Browser, served from this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape

from pipeline.content.dataset import read_dataset
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.stored import find_enrichment
from pipeline.errors import NotFoundError
from pipeline.explanation.browsing import View, filled_query, link_to
from pipeline.explanation.explain import explain
from pipeline.explanation.wording import been_rated, rated, with_article
from pipeline.graph import Graph
from pipeline.queries import load_query
from pipeline.runs.stored import read_whole
from pipeline.schema import MOVIELENS
from pipeline.server.types import ServerStatus

_PATH = "/guide.html"


@dataclass(frozen=True)
class Slide:
    """A page of the guide: what it shows, in words, and the query to run."""

    title: str
    text: str
    query: str


@dataclass(frozen=True)
class ServedGuide:
    """A guide while it is served.

    Attributes:
        address: where Browser fetches it.
        view: the link that opens it.
    """

    address: str
    view: View

    def wait(self) -> None:
        """Wait until the process is interrupted (KeyboardInterrupt)."""
        threading.Event().wait()


@contextmanager
def serve_guide(
    graph: Graph, server: ServerStatus, user_id: int | None = None, *, run_id: str | None = None
) -> Iterator[ServedGuide]:
    """Serve a guide on a free port of this machine while the block runs.

    Args:
        graph: the graph.
        server: the server with Browser.
        user_id: the user whose recommendations it shows, by default the run's first.
        run_id: the run, by default the newest.

    Raises:
        NotFoundError: the run or the user's recommendations do not exist.
    """
    page = guide_page(graph, user_id, run_id=run_id).encode()
    listening = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, page))
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    try:
        address = f"http://localhost:{listening.server_port}{_PATH}"
        command = f":play {address}"
        link = link_to(server, command, run=True)
        yield ServedGuide(address, View("a guided tour", command, link))
    finally:
        listening.shutdown()
        listening.server_close()


def guide_page(graph: Graph, user_id: int | None = None, *, run_id: str | None = None) -> str:
    """Return the guide as the HTML that ``:play`` understands; see serve_guide.

    Raises:
        NotFoundError: the run or the user's recommendations do not exist.
    """
    query = load_query("read/first_recommendation")
    run, first = read_whole(
        graph, run_id, lambda run: (run, graph.read(query, runId=run.run_id, users=None))
    )
    if user_id is None:
        if not first:
            raise NotFoundError(
                f"run {run.run_id} has no recommendations left; run: pipeline recommend"
            )
        user_id = first[0]["userId"]
    template = Environment(
        loader=PackageLoader("pipeline.explanation"), autoescape=select_autoescape()
    ).get_template("guide.html.j2")
    return template.render(
        dataset=read_dataset(graph).name,
        user=user_id,
        run=run,
        slides=_slides(graph, user_id, run.run_id),
    )


def _slides(graph: Graph, user: int, run: str) -> list[Slide]:
    listed = explain(graph, user, run_id=run)
    first, last = listed[0], listed[-1]
    enrichment, schema = find_enrichment(graph), graph.schema
    item, items = schema.words.item, schema.words.items
    person, people, watch = "person", "people", "watch"
    if schema is not MOVIELENS:
        person, people, watch = "attribute", "attributes", schema.words.saw

    def filled(name: str, **values: int | str) -> str:
        return filled_query(name, schema, **values)

    steps = (EnrichConfig() if enrichment is None else enrichment.config).steps
    return [
        Slide(
            "The graph",
            f"The {item} that most people {rated(schema)}, with its {people} and its genres. "
            f"Every user, {item}, {person} and genre is a node.",
            filled("graph"),
        ),
        Slide(
            f"What user {user} {schema.words.watched}",
            f"The {items} {been_rated(schema)} last, with the stars on the relationships.",
            filled("history", userId=user),
        ),
        Slide(
            "What is recommended",
            "Click a relationship: rank, score, its summands and the reasons in words are among "
            "its properties.",
            filled("recommendations", userId=user, runId=run),
        ),
        Slide(
            f"Why {first.movie}",
            f"From the user over {items} that speak for it. The number on {schema.because} is the "
            "reason's share of the score.",
            filled("draw_explanation", userId=user, rank=first.rank, runId=run),
        ),
        Slide(
            "The reasons in words",
            f"All recommendations with all reasons. The shares of {with_article(item)} sum to its "
            "score.",
            filled("reasons", userId=user, runId=run),
        ),
        Slide(
            "Check a number",
            f"How many people {schema.words.saw} {first.movie}, both it and {last.movie}, and the "
            f"second within {steps} {items} after the first: the counts that sentences state.",
            filled("count_people", movieId=first.movie_id, otherId=last.movie_id, steps=steps),
        ),
        Slide(
            f"{items.capitalize()} like {first.movie}",
            f"Those that the same people {watch}.",
            filled("similar_films", movieId=first.movie_id),
        ),
        Slide(
            f"Why not this {item}?",
            f"What leads from the user's {items} to {last.movie}, the last on the list. Put in "
            f"another {schema.property_of('movieId')}. pipeline why-not says what "
            f"{with_article(item)} lacks.",
            filled("why_not", userId=user, movieId=last.movie_id),
        ),
        Slide(
            f"What speaks for most {items}",
            f"The {people} and genres behind most recommendations, over all users.",
            filled("influence", runId=run),
        ),
        Slide(
            "Two runs compared",
            f"The ranks of the user's {items} in the two newest runs.",
            filled("compare_runs", userId=user),
        ),
    ]


class _Handler(BaseHTTPRequestHandler):
    """Serves one page, to pages of other origins as well."""

    def __init__(self, page: bytes, *arguments: Any) -> None:
        self._page = page
        super().__init__(*arguments)

    def do_GET(self) -> None:
        found = self.path.partition("?")[0] == _PATH
        body = self._page if found else b""
        self.send_response(200 if found else 404)
        self._send_headers(len(body))
        self.wfile.write(body)

    def do_OPTIONS(self) -> None:
        self.send_response(204)
        self._send_headers(0)

    def _send_headers(self, length: int) -> None:
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(length))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Headers", "*")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""
