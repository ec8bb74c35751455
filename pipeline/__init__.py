"""Explainable movie recommendation inside a graph database.

FilmGraph opens a graph and does from Python what the commands do; docs/api.md shows it. Importing
this package loads nothing else before it is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from pipeline.errors import (
    CheckpointError,
    ConfigError,
    ConflictError,
    CredentialsError,
    DatabaseError,
    DownloadError,
    GraphContentError,
    LimitError,
    LockedError,
    NotFoundError,
    PipelineError,
    ProcessError,
    SchemaChangedError,
    ServerError,
    SourceError,
)

if TYPE_CHECKING:
    from pipeline.adoption.split import SplitSummary
    from pipeline.adoption.update import UpdateSummary
    from pipeline.api.film_graph import FilmGraph
    from pipeline.api.reader import FilmReader
    from pipeline.content.dataset import Dataset
    from pipeline.enrichment.enrich import EnrichSummary
    from pipeline.explanation.explain import ExplainedPath, Explanation, PathStep
    from pipeline.explanation.search import Match
    from pipeline.explanation.similar import SharedPerson, SimilarFilm, SimilarReport
    from pipeline.explanation.why_not import Reason, Standing, WhyNot
    from pipeline.load.kg import LoadSummary
    from pipeline.recommendation.preview import Preview
    from pipeline.recommendation.recommend import RecommendSummary
    from pipeline.runs.stored import Run
    from pipeline.runs.train import TrainResult

__version__ = "0.1.0"

__all__ = [
    "CheckpointError",
    "ConfigError",
    "ConflictError",
    "CredentialsError",
    "DatabaseError",
    "Dataset",
    "DownloadError",
    "EnrichSummary",
    "ExplainedPath",
    "Explanation",
    "FilmGraph",
    "FilmReader",
    "GraphContentError",
    "LimitError",
    "LoadSummary",
    "LockedError",
    "Match",
    "NotFoundError",
    "PathStep",
    "PipelineError",
    "Preview",
    "ProcessError",
    "Reason",
    "RecommendSummary",
    "Run",
    "SchemaChangedError",
    "ServerError",
    "SharedPerson",
    "SimilarFilm",
    "SimilarReport",
    "SourceError",
    "SplitSummary",
    "Standing",
    "TrainResult",
    "UpdateSummary",
    "WhyNot",
]

_PLACES = {  # modules of the names that are imported when they are first used
    "adoption.split": ("SplitSummary",),
    "adoption.update": ("UpdateSummary",),
    "api.film_graph": ("FilmGraph",),
    "api.reader": ("FilmReader",),
    "content.dataset": ("Dataset",),
    "enrichment.enrich": ("EnrichSummary",),
    "explanation.explain": ("ExplainedPath", "Explanation", "PathStep"),
    "explanation.search": ("Match",),
    "explanation.similar": ("SharedPerson", "SimilarFilm", "SimilarReport"),
    "explanation.why_not": ("Reason", "Standing", "WhyNot"),
    "load.kg": ("LoadSummary",),
    "recommendation.preview": ("Preview",),
    "recommendation.recommend": ("RecommendSummary",),
    "runs.stored": ("Run",),
    "runs.train": ("TrainResult",),
}


def __getattr__(name: str) -> Any:
    for module, names in _PLACES.items():
        if name in names:
            return getattr(importlib.import_module(f"pipeline.{module}"), name)
    raise AttributeError(f"module 'pipeline' has no attribute {name!r}")
