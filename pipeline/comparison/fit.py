"""Trains one method of a comparison and says how it scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch

from model.baselines import METHODS
from model.rkan import RKAN
from model.rkan_history import RKANHistory
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
from pipeline.errors import ConfigError
from pipeline.graph import Graph
from pipeline.progress import progress_bar
from pipeline.recommendation.ranking import Score
from pipeline.recommendation.scoring import inner_products
from pipeline.recommendation.weighted import candidate_scores

CHECKPOINTS = "checkpoints"
_CLOSENESS_STREAM = 11  # sets the sampling of paths for ranking apart from that of training


def fit(graph: Graph, split: Split, job: Job, output: Path, device: torch.device) -> Score:
    """Train the job's method on its histories; what it then says of users and movies.

    Networks over paths are kept under ``output``, where an interrupted one is gone on with.

    Raises:
        ConfigError: the settings let training diverge or cannot be solved.
    """
    training = split.histories(job.histories)
    method = job.method
    try:
        config = job.config
        if not is_run(config):
            baseline = METHODS[method.name].baseline(config, job.seed)

            def track(loop: Iterable[int]) -> Iterator[int]:
                return _tracked(method.title, loop)

            baseline.fit(interactions(training, split.catalogue), track)
            return baseline_scores(baseline, training, split.catalogue)
        folder = output / CHECKPOINTS / f"{job.histories}-seed{job.seed}-{job.fingerprint}"
        network = train_network(graph, config, split.dataset, training, folder, device)
    except (ArithmeticError, np.linalg.LinAlgError) as error:
        raise ConfigError(
            f"{method.name} with {method.config} cannot be trained: {error}"
        ) from error
    if isinstance(config, HistoryRunConfig) and isinstance(network, RKANHistory):
        candidates = weighted_candidates(network, training, split.catalogue, config)
        by_paths = method.ranking == "paths"
        return candidate_scores(candidates) if by_paths else proposal_scores(candidates)
    assert isinstance(config, RunConfig) and isinstance(network, RKAN)  # noqa: S101
    if method.ranking == "closeness":
        seed = (job.seed, _CLOSENESS_STREAM)
        return closeness_scores(graph, network, training, config.paths, seed)
    return inner_products(network)


def _tracked(title: str, loop: Iterable[int]) -> Iterator[int]:
    units = list(loop)
    with progress_bar(title, len(units)) as advance:
        for unit in units:
            yield unit
            advance(1)
