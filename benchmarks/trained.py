"""A trained default network: that of an earlier stage, or one that is trained quickly."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.bench import Bench
from model.checkpoint import Checkpoint
from pipeline.errors import CheckpointError
from pipeline.networks.interface import RunContext
from pipeline.networks.rkan_history.config import HistoryRunConfig
from pipeline.networks.rkan_history.recommender import HistoryRecommender
from pipeline.runs.checkpoints import find_trained
from pipeline.runs.loading import context_of
from pipeline.runs.train import train

# Quick settings: how long the network was trained hardly changes how long it takes to use it.
_QUICK = {"history.epochs": 2, "history.refit_epochs": 1, "train.epochs": 2}


@dataclass(frozen=True)
class Trained:
    """A finished run and what it needs to recommend."""

    checkpoint: Checkpoint
    config: HistoryRunConfig
    context: RunContext
    recommender: HistoryRecommender


def trained(bench: Bench) -> Trained:
    """Return the newest run of this data set; train one if there is none."""
    content = bench.enriched()
    try:
        checkpoint = find_trained(bench.home, content.dataset)
    except CheckpointError:
        train(bench.graph, bench.home, HistoryRunConfig().changed(_QUICK), device="cpu")
        checkpoint = find_trained(bench.home, content.dataset)
    context = context_of(
        bench.graph, bench.home, content.dataset, checkpoint, content.histories, "cpu"
    )
    config = HistoryRunConfig.model_validate(checkpoint.config)
    recommender = HistoryRecommender(context, config, checkpoint)
    return Trained(checkpoint, config, context, recommender)
