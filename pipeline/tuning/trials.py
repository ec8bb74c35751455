"""How good a method is with some settings, on an inner split by time; HELD_OUT is never read."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from model.baselines import METHODS
from model.rkan.network import RKAN
from model.rkan_history.network import RKANHistory
from pipeline.comparison.interactions import baseline_scores, interactions
from pipeline.comparison.path_methods import proposal_scores, weighted_candidates
from pipeline.config import AnyRunConfig, HistoryRunConfig
from pipeline.content.catalogue import Catalogue, read_catalogue
from pipeline.content.dataset import Dataset
from pipeline.content.histories import read_histories
from pipeline.errors import ConfigError, GraphContentError
from pipeline.graph import Graph
from pipeline.networks.rkan.scoring import inner_products
from pipeline.networks.rkan.training import SELECT, TrainingRun
from pipeline.networks.rkan_history.candidates import Candidates
from pipeline.networks.rkan_history.scoring import candidate_scores
from pipeline.networks.rkan_history.training import ENCODER, HistoryTrainingRun
from pipeline.ranking.lists import Score
from pipeline.ranking.validation import Validator
from pipeline.runs.train import finish_training, new_run
from pipeline.tuning.search_spaces import Tunable

VALIDATION_FRACTION = 0.2  # last part of each training history

Report = Callable[[int, float], None]  # gets a step and how good the method is by then


class InnerSplit:
    """Methods are trained on the first part of each training history, the rest judges them."""

    def __init__(self, graph: Graph, dataset: Dataset, device: torch.device) -> None:
        """Read the graph's training histories.

        Raises:
            GraphContentError: no history is long enough to split.
        """
        self._graph, self._dataset, self._device = graph, dataset, device
        histories = read_histories(graph, with_ratings=True)
        self._training, self._validation = histories.split(VALIDATION_FRACTION)
        self._catalogue: Catalogue = read_catalogue(graph)
        if not ((self._training.sizes > 0) & (self._validation.sizes > 0)).any():
            raise GraphContentError("no history is long enough to tune on")
        self._interactions = interactions(self._training, self._catalogue)

    def score(self, method: Tunable, config: Any, report: Report) -> float:
        """mrr_sum@10 of the method, trained afresh with this configuration.

        Args:
            method: a baseline or a network.
            config: its configuration.
            report: is told of a network's progress, and may end its training by an exception.

        Raises:
            ArithmeticError: these settings let training diverge.
        """
        if method.is_network:
            score = self._network_scores(config, report)
        else:
            baseline = METHODS[method.name].baseline(config, 0)
            baseline.fit(self._interactions)
            score = baseline_scores(baseline, self._training, self._catalogue)
        return Validator(score, self._training, self._validation)()

    def _network_scores(self, config: AnyRunConfig, report: Report) -> Score:
        with tempfile.TemporaryDirectory() as folder:
            run = new_run(
                self._graph,
                config,
                self._dataset,
                Path(folder) / "trial",
                self._device,
                None,
                self._training,
            )
            run.on_epoch = (
                _encoder_reports(run, report)
                if isinstance(run, HistoryTrainingRun)
                else _epoch_reports(run, report)
            )
            try:
                network = finish_training(run).network.to(self._device).eval()
            except ConfigError as error:
                if isinstance(error.__cause__, ArithmeticError):
                    raise error.__cause__ from error
                raise
        if isinstance(config, HistoryRunConfig) and isinstance(network, RKANHistory):
            return candidate_scores(
                weighted_candidates(network, self._training, self._catalogue, config)
            )
        assert isinstance(network, RKAN)  # noqa: S101
        return inner_products(network)


def _encoder_reports(run: HistoryTrainingRun, report: Report) -> Callable[[str, int], None]:
    """Reports how well the history encoder proposes, half-way and at the end of its first phase.

    It has seen the early part of the histories then, so the late part can judge it. Shares of the
    phase are compared, not epochs, since its learning rate falls until the end.
    """
    early, late = run.histories.split(run.config.train.label_fraction)
    epochs = run.config.history.epochs
    steps = {math.ceil(epochs / 2): 1, epochs: 2}
    candidates = Candidates(run.network, early, run.attributes, run.config.paths)
    validate = Validator(proposal_scores(candidates), early, late)

    def on_epoch(phase: str, epoch: int) -> None:
        if phase == ENCODER and epoch in steps:
            report(steps[epoch], validate())

    return on_epoch


def _epoch_reports(run: TrainingRun, report: Report) -> Callable[[str, int], None]:
    """Reports the validation score after each epoch of the phase that has one."""

    def on_epoch(phase: str, epoch: int) -> None:
        validation = run.history[phase][-1]["validation"]
        if phase == SELECT and validation is not None:
            report(epoch, validation)

    return on_epoch
