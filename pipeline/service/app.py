"""The paths of the service. Each answers what the command of its name prints with --json."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Query
from fastapi_offline import FastAPIOffline

from pipeline import __version__
from pipeline.api.reader import FilmReader
from pipeline.device import torch_threads
from pipeline.explanation.search import Match
from pipeline.explanation.similar import SimilarReport
from pipeline.recommendation.kept import Kept
from pipeline.recommendation.preview import Preview
from pipeline.service.hosts import OnlyHosts
from pipeline.service.problems import PrintableJSON, add_handlers, described
from pipeline.service.queries import (
    ExplainQuery,
    Explanations,
    Health,
    NoQuery,
    RecommendQuery,
    SearchQuery,
    SimilarQuery,
)

_KEPT_FOR = 60.0  # seconds that names and networks are kept for /recommend
_ANY = described(
    HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE
)
_STATE = described(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)


def make_app(films: FilmReader, hosts: frozenset[str] | None = None) -> FastAPI:
    """Return the service of a graph.

    Args:
        films: the graph, which all requests share.
        hosts: names in the Host header that are answered; None for all.
    """
    app = FastAPIOffline(
        title="RKAN",
        version=__version__,
        description="Explainable film recommendations from a graph, for reading only.",
        docs_url="/docs",
        redoc_url=None,
        default_response_class=PrintableJSON,
        lifespan=_lifespan,
    )
    films = FilmReader(films.graph, films.home, kept=Kept(_KEPT_FOR))
    add_handlers(app)
    if hosts is not None:
        app.add_middleware(OnlyHosts, hosts=hosts)
    ranking = CapacityLimiter(os.cpu_count() or 1)  # each holds the graph's names, and computes

    @app.get("/recommend", responses=_ANY)
    async def recommend(query: Annotated[RecommendQuery, Query()]) -> list[Preview]:
        """Recommend to a user, or to someone who watched some films; nothing is written."""
        ask = partial(films.preview, **query.model_dump())
        return await to_thread.run_sync(ask, limiter=ranking)

    @app.get("/explain", responses=_ANY, response_model=Explanations)
    def explain(query: Annotated[ExplainQuery, Query()]) -> Any:
        """Return the recommendations to a user that the graph holds, with their reasons."""
        found = films.explain(query.user, query.movie, run_id=query.run_id)
        return [each.document() for each in found]

    @app.get("/similar", responses=_ANY)
    def similar(query: Annotated[SimilarQuery, Query()]) -> SimilarReport:
        """Return the films that are most like a film, and why they are."""
        return films.similar(query.film, limit=query.limit)

    @app.get("/search", responses=_STATE)
    def search(query: Annotated[SearchQuery, Query()]) -> list[Match]:
        """Return films and people by name, forgiving of typos."""
        return films.search(query.words, limit=query.limit)

    @app.get("/health", responses=_STATE)
    def health(query: Annotated[NoQuery, Query()]) -> Health:
        """Return the versions, the data set and the newest run; 503 if nothing can be answered."""
        dataset, runs = films.dataset, films.runs()
        newest = runs[0].run_id if runs else None
        return Health("ok", __version__, films.graph.version, dataset, newest)

    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Set the threads of PyTorch once; requests that set and restore them would disturb others."""
    with torch_threads():
        yield
