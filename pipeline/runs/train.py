"""Trains a network on the graph, resumes it, and loads what was trained.

An interrupted run is resumed after its last finished epoch and ends with the same weights.
"""

from __future__ import annotations

import dataclasses
import hashlib
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch

from model.checkpoint import Checkpoint, DamagedCheckpointError, TrainingState, save_checkpoint
from pipeline.content.catalogue import read_catalogue
from pipeline.content.dataset import Dataset, read_dataset
from pipeline.content.histories import read_histories
from pipeline.device import choose_device, torch_threads
from pipeline.errors import CheckpointError, ConfigError
from pipeline.graph import Graph
from pipeline.home import Home
from pipeline.networks.configuration import config_from_dict
from pipeline.networks.interface import Recommender, RunContext
from pipeline.networks.registry import NETWORKS
from pipeline.networks.run_config import RunConfig
from pipeline.progress import say
from pipeline.runs.checkpoints import (
    FINISHED,
    UNFINISHED,
    finish,
    name_run,
    nothing_to_resume,
    read_checkpoint,
    without_recommend,
)

Resume = Literal["never", "always", "if possible"]


@dataclass(frozen=True)
class TrainResult:
    """A training run.

    Attributes:
        run_id: the name of the run.
        dataset: name of the graph's data set.
        checkpoint: the file of the trained network.
        device: where the network was trained.
        best_epoch: epochs that the trained network has seen.
        validation: the score after the best epoch, higher is better; None without one.
        measure: the name of that score.
        history: per phase, such as "select" and "refit", the epochs as plain values. Epoch 0 is the
            state before training.
        resumed: whether an interrupted run was continued.
        already_finished: whether there was nothing left to do.
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
        graph: a graph that pipeline load-kg filled.
        home: gets checkpoints/<run_id>/model.pt and history.json.
        config: decides the run's id together with the graph's content; settings of derived
            relationships that it does not set are those of the graph.
        device: "auto", "cpu" or "cuda".
        threads: CPU threads of the network. More help only on idle cores, and another number rounds
            differently in the last digits.
        resume: whether to go on with the interrupted run of this configuration and graph; with
            "always" there must be one, or a finished one.

    Raises:
        GraphContentError: the graph is empty or half loaded.
        ConfigError: no such device, or learning rates with which training diverges.
        CheckpointError: nothing to resume, or a checkpoint that is damaged or of another graph.
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
        say(f"{done.run_id} has finished; nothing is left to do")
        seconds = time.perf_counter() - started
        return _result(done, config, folder, chosen, True, True, seconds)
    elif resume == "always":
        raise nothing_to_resume(home, config, dataset)
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


def run_training(
    context: RunContext, config: RunConfig, saved: TrainingState | None = None, threads: int = 1
) -> Checkpoint:
    """Train what is left of a run on ``threads`` CPU threads; every epoch is saved in its folder.

    Raises:
        ConfigError: learning rates with which training diverges, or batches too large for the
            device.
    """
    kind = NETWORKS[config.network]

    def checkpoint(state: TrainingState) -> Checkpoint:
        names = [item.name for item in dataclasses.fields(TrainingState)]
        return Checkpoint(
            run_id=context.folder.name,
            config=config.model_dump(),
            data_hash=context.dataset.data_hash,
            dataset=context.dataset.name,
            num_entities=context.dataset.num_entities,
            seed=config.seed,
            **{name: getattr(state, name) for name in names},
        )

    def save(state: TrainingState) -> None:
        save_checkpoint(context.folder / UNFINISHED, checkpoint(state))
        context.save(state)

    try:
        with torch_threads(threads):
            done = checkpoint(kind.train(replace(context, save=save), config, saved))
    except ArithmeticError as error:
        rates = ", ".join(f"{key} = {config.value(key):g}" for key in kind.rates)
        raise ConfigError(f"training diverged: {error}; lower one of {rates}") from error
    except torch.OutOfMemoryError as error:
        raise ConfigError(
            f"{context.device} has too little memory; lower train.batch_size"
        ) from error
    finish(context.folder, done)
    return done


def trained(context: RunContext, config: RunConfig) -> Checkpoint:
    """Return this very run, trained: loaded, resumed or new, whichever the folder allows.

    The same run has the same configuration, graph and histories. Anything else in the folder is
    replaced.

    Raises:
        ConfigError: learning rates with which training diverges.
        CheckpointError: a checkpoint in the folder is damaged.
    """
    histories = context.histories
    digest = hashlib.sha256(context.dataset.data_hash.encode())
    for array in (histories.user_entities, histories.starts, histories.offsets, histories.movies):
        digest.update(array.tobytes())
    context = replace(context, dataset=replace(context.dataset, data_hash=digest.hexdigest()))
    done = _same_run(context.folder / FINISHED, config, context.dataset)
    if done is not None:
        return done
    saved = _same_run(context.folder / UNFINISHED, config, context.dataset)
    return run_training(context, config, saved)


def load_recommender(
    context: RunContext, config: RunConfig, checkpoint: Checkpoint, ranking: str | None = None
) -> Recommender:
    """Return the trained network, ready to rank the users of ``context``.

    Raises:
        CheckpointError: the checkpoint is damaged.
        GraphContentError: the graph no longer holds what the network was trained on.
    """
    try:
        return NETWORKS[config.network].load(context, config, checkpoint, ranking)
    except (KeyError, TypeError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise CheckpointError(
            f"the checkpoint of run {checkpoint.run_id} is damaged: its parts disagree: {reason}; "
            "delete it and run: pipeline train"
        ) from error


def stored_config(checkpoint: Checkpoint) -> RunConfig:
    """Return the configuration that a checkpoint was trained with."""
    return config_from_dict(checkpoint.config, f"checkpoint {checkpoint.run_id}")


def _same_run(file: Path, config: RunConfig, dataset: Dataset) -> Checkpoint | None:
    """Return the checkpoint, if there is one of this very run."""
    if not file.exists():
        return None
    try:
        found = read_checkpoint(file, dataset)
    except CheckpointError as error:
        if isinstance(error.__cause__, DamagedCheckpointError):
            raise
        return None
    return found if without_recommend(found.config) == config.training() else None


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
