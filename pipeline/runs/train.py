"""Trains a network on the graph, or resumes it.

An interrupted run is resumed after its last finished epoch and ends with the same weights.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch

from model.checkpoint import Checkpoint
from pipeline.content.catalogue import read_catalogue
from pipeline.content.dataset import read_dataset
from pipeline.content.histories import read_histories
from pipeline.device import choose_device
from pipeline.graph import Graph
from pipeline.home import Home
from pipeline.networks.interface import RunContext
from pipeline.networks.registry import NETWORKS
from pipeline.networks.run_config import RunConfig
from pipeline.progress import say
from pipeline.runs.checkpoints import (
    FINISHED,
    UNFINISHED,
    name_run,
    other_interrupted,
    read_checkpoint,
)
from pipeline.runs.training import run_training

Resume = Literal["never", "always", "if possible"]


@dataclass(frozen=True)
class TrainResult:
    """The result of a training run.

    Attributes:
        run_id: name of the run.
        dataset: name of the graph's data set.
        checkpoint: file of the trained network.
        device: device that the network was trained on.
        best_epoch: number of epochs that made the final weights.
        validation: score after the best epoch, higher is better; None without validation.
        measure: name of that score.
        history: the epochs of each phase, such as "select" and "refit", as plain values. Epoch 0 is
            the state before training.
        resumed: True if an interrupted run was resumed.
        already_finished: True if the run had finished before this call.
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
    config: RunConfig,
    *,
    device: str = "auto",
    threads: int = 1,
    resume: Resume = "never",
) -> TrainResult:
    """Train on the graph's RATED relationships and write the checkpoint of the run.

    Args:
        graph: a graph that was loaded with pipeline load-kg.
        home: folder in which checkpoints/<run_id>/model.pt and history.json are written.
        config: configuration of the run, which determines the run's id together with the graph's
            content. Settings of derived relationships default to those of the graph.
        device: "auto", "cpu" or "cuda".
        threads: number of CPU threads. More threads help only on idle cores, and another number
            changes the last digits of the results.
        resume: "if possible" resumes an interrupted run of this configuration and graph. "always"
            refuses if only a run with other settings or of another graph was interrupted. Both
            begin a run that was not saved yet.

    Raises:
        GraphContentError: the graph is empty or incomplete.
        ConfigError: no such device, or training diverges with these learning rates.
        CheckpointError: only another run can be resumed, or a checkpoint is damaged.
    """
    started = time.perf_counter()
    chosen = choose_device(device)
    dataset = read_dataset(graph)
    config = NETWORKS[config.network].settle(graph, config)
    folder = home.checkpoints / name_run(config, dataset)
    saved = None
    if resume != "never" and (folder / UNFINISHED).exists():
        saved = read_checkpoint(folder / UNFINISHED, dataset)
        say(f"resuming {folder.name} after epoch {saved.epoch} of phase {saved.phase}")
    elif resume != "never" and (folder / FINISHED).exists():
        done = read_checkpoint(folder / FINISHED, dataset)
        say(f"{done.run_id} has already finished")
        seconds = time.perf_counter() - started
        return _result(done, config, folder, chosen, True, True, seconds)
    elif resume == "always":
        other = None if folder.exists() else other_interrupted(home, config, dataset)
        if other is not None:
            raise other
        say(f"no epoch of {folder.name} was saved; starting from the beginning")
    folder.mkdir(parents=True, exist_ok=True)  # says from now on that this run was begun
    context = RunContext(
        graph=graph,
        dataset=dataset,
        histories=read_histories(graph),
        catalogue=read_catalogue(graph),
        folder=folder,
        device=chosen,
    )
    done = run_training(context, config, saved, threads)
    seconds = time.perf_counter() - started
    return _result(done, config, folder, chosen, saved is not None, False, seconds)


def _result(
    done: Checkpoint,
    config: RunConfig,
    folder: Path,
    device: torch.device,
    resumed: bool,
    already_finished: bool,
    seconds: float,
) -> TrainResult:
    return TrainResult(
        run_id=done.run_id,
        dataset=done.dataset,
        checkpoint=folder / FINISHED,
        device=str(device),
        best_epoch=done.epoch,
        validation=done.validation,
        measure=NETWORKS[config.network].measure,
        history=done.history,
        resumed=resumed,
        already_finished=already_finished,
        seconds=seconds,
    )
