"""Trains a network on the graph.

RKAN finds the best number of epochs in phase "select", which trains on the first part of each
user's training history and validates on the rest of it; phase "refit" trains afresh on all of it.
The phases of RKAN-history are in pipeline.training.history_run. HELD_OUT is never read. An
interrupted run goes on after its last finished epoch and ends with the same weights.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from model.checkpoint import Checkpoint
from pipeline.config import AnyRunConfig, HistoryRunConfig
from pipeline.content.dataset import Dataset, read_dataset
from pipeline.content.histories import Histories
from pipeline.device import choose_device, torch_threads
from pipeline.errors import ConfigError
from pipeline.graph import Graph
from pipeline.home import Home
from pipeline.networks.epoch_log import LIKELIHOOD, RANKING
from pipeline.networks.rkan.training import SELECT, TrainingRun
from pipeline.networks.rkan_history.training import PATHS, HistoryTrainingRun
from pipeline.progress import say
from pipeline.runs.checkpoints import (
    FINISHED,
    UNFINISHED,
    find_checkpoint,
    name_run,
    nothing_to_resume,
    read_checkpoint,
)

__all__ = ["TrainResult", "find_checkpoint", "finish_training", "new_run", "train"]


@dataclass(frozen=True)
class TrainResult:
    """What a training run did.

    Attributes:
        run_id: names the run.
        dataset: name of the graph's data set.
        checkpoint: the file of the trained network.
        device: where it ran.
        best_epoch: epochs that the trained network has seen.
        validation: the score after the best epoch, higher is better; None without one. RKAN's is
            mrr_sum@10 on the inner held-out part, RKAN-history's the log-likelihood of the
            validating users' lists.
        measure: which of the two.
        history: per phase, such as "select" and "refit", the epochs (model.trainer.EpochRecord as
            plain values). Epoch 0 is the state before training.
        resumed: an interrupted run was continued.
        already_finished: there was nothing left to do.
        seconds: wall time of this call.
    """

    run_id: str
    dataset: str
    checkpoint: Path
    device: str
    best_epoch: int
    validation: float | None
    measure: str
    history: dict[str, list[dict[str, Any]]]
    resumed: bool
    already_finished: bool
    seconds: float


def train(
    graph: Graph,
    home: Home,
    config: AnyRunConfig,
    *,
    device: str = "auto",
    threads: int = 1,
    resume: bool = False,
) -> TrainResult:
    """Train on the graph's RATED relationships and write the checkpoint of the run.

    Args:
        graph: a graph that pipeline load-kg filled.
        home: gets checkpoints/<run_id>/model.pt and history.json.
        config: decides the run's id together with the graph's content.
        device: "auto", "cpu" or "cuda".
        threads: CPU threads of the network; more than one pays on idle cores only, and another
            number rounds differently in the last digits.
        resume: go on with the interrupted run of this configuration and graph.

    Raises:
        GraphContentError: the graph is empty or half loaded.
        ConfigError: no such device, or rates with which training diverges.
        CheckpointError: nothing to resume, damaged, or of another graph.
    """
    started = time.perf_counter()
    chosen = choose_device(device)
    dataset = read_dataset(graph)
    run_id = name_run(config, dataset)
    folder = home.checkpoints / run_id
    saved = None
    if resume and (folder / UNFINISHED).exists():
        saved = read_checkpoint(folder / UNFINISHED, dataset)
        say(f"going on with {run_id} after epoch {saved.epoch} of phase {saved.phase}")
    elif resume and (folder / FINISHED).exists():
        finished = read_checkpoint(folder / FINISHED, dataset)
        say(f"{run_id} has finished; nothing is left to do")
        return _result(finished, folder, chosen, True, True, time.perf_counter() - started)
    elif resume:
        raise nothing_to_resume(home, config, dataset)
    done = finish_training(new_run(graph, config, dataset, folder, chosen, saved), threads)
    return _result(done, folder, chosen, resume, False, time.perf_counter() - started)


def new_run(
    graph: Graph,
    config: AnyRunConfig,
    dataset: Dataset,
    folder: Path,
    device: torch.device,
    saved: Checkpoint | None,
    histories: Histories | None = None,
) -> TrainingRun | HistoryTrainingRun:
    """The run of this configuration's network; see TrainingRun and HistoryTrainingRun."""
    if isinstance(config, HistoryRunConfig):
        return HistoryTrainingRun(graph, config, dataset, folder, device, saved, histories)
    return TrainingRun(graph, config, dataset, folder, device, saved, histories)


def finish_training(run: TrainingRun | HistoryTrainingRun, threads: int = 1) -> Checkpoint:
    """Train what is left of a run, on ``threads`` CPU threads.

    Raises:
        ConfigError: rates with which training diverges, or batches too large for the device.
    """
    try:
        with torch_threads(threads):
            return run.train()
    except ArithmeticError as error:
        rates = ", ".join(_rates(run.config))
        raise ConfigError(f"training diverged: {error}; lower one of {rates}") from error
    except torch.OutOfMemoryError as error:
        raise ConfigError(f"{run.device} has too little memory; lower train.batch_size") from error


def _rates(config: AnyRunConfig) -> list[str]:
    """The settings that may let training diverge, with their values."""
    keys = ["train.learning_rate"]
    if isinstance(config, HistoryRunConfig):
        keys += ["train.linear_learning_rate", "history.learning_rate"]
    else:
        keys += ["train.embedding_learning_rate", "pretrain.scale"]
    sections = [key.split(".") for key in keys]
    return [f"{a}.{b} = {getattr(getattr(config, a), b):g}" for a, b in sections]


def _result(
    done: Checkpoint,
    folder: Path,
    device: torch.device,
    resumed: bool,
    already_finished: bool,
    seconds: float,
) -> TrainResult:
    records = [*done.history.get(SELECT, []), *done.history.get(PATHS, [])]
    best = [record["validation"] for record in records if record["epoch"] == done.epoch]
    return TrainResult(
        run_id=done.run_id,
        dataset=done.dataset,
        checkpoint=folder / FINISHED,
        device=str(device),
        best_epoch=done.epoch,
        validation=best[0] if best else None,
        measure=LIKELIHOOD if PATHS in done.history else RANKING,
        history=done.history,
        resumed=resumed,
        already_finished=already_finished,
        seconds=seconds,
    )
