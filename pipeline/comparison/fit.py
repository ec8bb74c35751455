"""Trains one method of a comparison and says how it scores, and what it can explain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from model.baselines import METHODS
from model.rkan.network import RKAN
from model.rkan_history.network import RKANHistory
from pipeline.comparison.interactions import baseline_scores, interactions
from pipeline.comparison.path_methods import (
    closeness_scores,
    proposal_scores,
    train_network,
    weighted_candidates,
)
from pipeline.comparison.results import Job
from pipeline.comparison.split import Split
from pipeline.config import HistoryRunConfig, RunConfig, is_run
from pipeline.content.histories import Histories
from pipeline.errors import ConfigError
from pipeline.graph import Graph
from pipeline.networks.rkan.explained import count_explained
from pipeline.networks.rkan.scoring import inner_products
from pipeline.networks.rkan_history.scoring import candidate_scores
from pipeline.progress import progress_bar
from pipeline.ranking.lists import Integers, Score, TopLists

CHECKPOINTS = "checkpoints"
_CLOSENESS_STREAM = 11  # sets the sampling of paths for ranking apart from that of training


@dataclass(frozen=True)
class Fitted:
    """A trained method.

    Attributes:
        score: what it says of users and movies.
        count_paths: how many movies of each list have a path that explains them, from the users'
            rows and the lists; None for a method that has none to show.
    """

    score: Score
    count_paths: Callable[[Integers, TopLists], Integers] | None = None


def fit(graph: Graph, split: Split, job: Job, output: Path, device: torch.device) -> Fitted:
    """Train the job's method on its histories.

    Networks over paths are kept under ``output``, where an interrupted one is gone on with.

    Raises:
        ConfigError: the settings let training diverge or cannot be solved.
    """
    training = split.histories(job.histories)
    method = job.method
    try:
        config = job.config
        if not is_run(config):
            return Fitted(_baseline(split, training, job))
        folder = output / CHECKPOINTS / f"{job.histories}-seed{job.seed}-{job.fingerprint}"
        network = train_network(graph, config, split.dataset, training, folder, device)
    except (ArithmeticError, np.linalg.LinAlgError) as error:
        raise ConfigError(
            f"{method.name} with {method.config} cannot be trained: {error}"
        ) from error
    if isinstance(config, HistoryRunConfig) and isinstance(network, RKANHistory):
        candidates = weighted_candidates(network, training, split.catalogue, config)
        if method.ranking == "proposals":
            return Fitted(proposal_scores(candidates))
        return Fitted(candidate_scores(candidates), candidates.count_explained)
    assert isinstance(config, RunConfig) and isinstance(network, RKAN)  # noqa: S101
    seed = (job.seed, _CLOSENESS_STREAM)
    if method.ranking == "closeness":
        score = closeness_scores(graph, network, training, config.paths, seed)
    else:
        score = inner_products(network)
    paths = config.paths

    def count_paths(rows: Integers, top: TopLists) -> Integers:
        return count_explained(graph, training, rows, top, paths, job.seed)

    return Fitted(score, count_paths)


def _baseline(split: Split, training: Histories, job: Job) -> Score:
    method = job.method
    baseline = METHODS[method.name].baseline(job.config, job.seed)

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
