"""Train one method of a comparison; the result scores movies and counts those with paths."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from model.arrays import Integers
from model.baselines import METHODS
from pipeline.comparison.interactions import baseline_scores, interactions
from pipeline.comparison.results import Job
from pipeline.comparison.split import Split
from pipeline.content.histories import Histories
from pipeline.errors import ConfigError
from pipeline.graph import Graph
from pipeline.ids import UserRows
from pipeline.networks.interface import RunContext
from pipeline.progress import progress_bar
from pipeline.ranking.lists import Score, TopLists
from pipeline.runs.loading import load_recommender
from pipeline.runs.training import trained

CHECKPOINTS = "checkpoints"


@dataclass(frozen=True)
class Fitted:
    """A trained method.

    Attributes:
        score: the method's scores of movies for users.
        count_paths: returns the number of movies with a path in each list, given the users' rows
            and the lists. It is None, or returns None, for a method that reads no paths.
    """

    score: Score
    count_paths: Callable[[UserRows, TopLists], Integers | None] | None = None


def fit(graph: Graph, split: Split, job: Job, output: Path, device: torch.device) -> Fitted:
    """Train the job's method on its histories.

    Networks over paths keep their checkpoints under ``output``; interrupted training resumes.

    Raises:
        ConfigError: with these settings training diverges, or its equations cannot be solved.
    """
    training = split.histories(job.histories)
    method = job.method
    try:
        config = job.run_config
        if config is None:
            return Fitted(_baseline(split, training, job))
        context = RunContext(
            graph=graph,
            dataset=split.dataset,
            histories=training,
            catalogue=split.catalogue,
            folder=output / CHECKPOINTS / f"{job.histories}-seed{job.seed}-{job.fingerprint}",
            device=device,
            trial=True,
        )
        checkpoint = trained(context, config)
    except (ArithmeticError, np.linalg.LinAlgError) as error:
        raise ConfigError(
            f"{method.name} with {method.config} cannot be trained: {error}"
        ) from error
    recommender = load_recommender(context, config, checkpoint, method.ranking)
    return Fitted(recommender.score, recommender.count_explained)


def _baseline(split: Split, training: Histories, job: Job) -> Score:
    method = job.method
    baseline = METHODS[method.name].baseline(method.config, job.seed)

    def track(loop: Iterable[int]) -> Iterator[int]:
        return _tracked(method.title, loop)

    baseline.fit(interactions(training, split.catalogue), track)
    return baseline_scores(baseline, training, split.catalogue)


def _tracked(title: str, loop: Iterable[int]) -> Iterator[int]:
    units = list(loop)
    with progress_bar(title, len(units)) as advance:
        for unit in units:
            yield unit
            advance(1)
