"""Score a method's settings on an inner split by time; HELD_OUT is never read."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import cast

import torch

from model.baselines import METHODS
from model.settings import Settings
from pipeline.comparison.interactions import baseline_scores, interactions
from pipeline.content.catalogue import read_catalogue
from pipeline.content.dataset import Dataset
from pipeline.content.histories import read_histories
from pipeline.errors import ConfigError, GraphContentError
from pipeline.graph import Graph
from pipeline.networks.interface import RunContext
from pipeline.networks.run_config import RunConfig
from pipeline.ranking.lists import Score
from pipeline.ranking.validation import Validator
from pipeline.runs.loading import load_recommender
from pipeline.runs.training import run_training
from pipeline.tuning.search_spaces import Tunable

VALIDATION_FRACTION = 0.2  # share of each training history, at its end

Report = Callable[[int, float], None]  # gets a step and the validation score after it


class InnerSplit:
    """A split of each training history: the first part trains a method, the rest scores it."""

    def __init__(self, graph: Graph, dataset: Dataset, device: torch.device) -> None:
        """Read the graph's training histories.

        Raises:
            GraphContentError: no training history is long enough to split.
        """
        self._graph, self._dataset, self._device = graph, dataset, device
        self._training, self._validation = read_histories(graph).split(VALIDATION_FRACTION)
        self._catalogue = read_catalogue(graph)
        if not ((self._training.sizes > 0) & (self._validation.sizes > 0)).any():
            raise GraphContentError("no training history is long enough to split for tuning")
        self._interactions = interactions(self._training, self._catalogue)

    def score(self, method: Tunable, config: Settings, report: Report) -> float:
        """Return mrr_sum@10 of the method, trained afresh with this configuration.

        Args:
            method: a baseline or a network.
            config: its configuration.
            report: called with a network's progress; it may raise to end the training.

        Raises:
            ArithmeticError: training diverges with these settings.
        """
        if method.is_network:
            score = self._network_scores(cast(RunConfig, config), report)
        else:
            baseline = METHODS[method.name].baseline(config, 0)
            baseline.fit(self._interactions)
            score = baseline_scores(baseline, self._training, self._catalogue)
        return Validator(score, self._training, self._validation)()

    def _network_scores(self, config: RunConfig, report: Report) -> Score:
        with tempfile.TemporaryDirectory() as folder:
            context = RunContext(
                graph=self._graph,
                dataset=self._dataset,
                histories=self._training,
                catalogue=self._catalogue,
                folder=Path(folder) / "trial",
                device=self._device,
                trial=True,
                report=report,
            )
            try:
                checkpoint = run_training(context, config)
            except ConfigError as error:
                if isinstance(error.__cause__, ArithmeticError):
                    raise error.__cause__ from error
                raise
        return load_recommender(context, config, checkpoint).score
