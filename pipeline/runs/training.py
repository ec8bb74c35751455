"""Trains the rest of a run, and saves it after every epoch."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import replace
from pathlib import Path

import torch

from model.checkpoint import (
    Checkpoint,
    DamagedCheckpointError,
    OtherFormatError,
    TrainingState,
    save_checkpoint,
)
from model.training.processes import is_first
from pipeline.content.dataset import Dataset
from pipeline.device import torch_threads
from pipeline.errors import CheckpointError, ConfigError
from pipeline.networks.interface import RunContext
from pipeline.networks.registry import NETWORKS
from pipeline.networks.run_config import RunConfig, decisive
from pipeline.runs.checkpoints import FINISHED, UNFINISHED, finish, read_checkpoint
from pipeline.runs.processes import joined


def run_training(
    context: RunContext, config: RunConfig, saved: TrainingState | None = None, threads: int = 1
) -> Checkpoint:
    """Train the rest of a run on ``threads`` CPU threads, saving every epoch in its folder.

    Processes that torchrun started train it together; the first one saves.

    Raises:
        ProcessError: another process of this training ended.
        ConfigError: training diverges with these learning rates, or a batch is too large for the
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
        if is_first():
            save_checkpoint(context.folder / UNFINISHED, checkpoint(state))
        context.save(state)

    try:
        with joined(context.device) as device, torch_threads(threads):
            mine = replace(context, save=save, device=device)
            done = checkpoint(kind.train(mine, config, saved))
            if is_first():
                finish(context.folder, done)
    except ArithmeticError as error:
        rates = ", ".join(f"{key} = {config.value(key):g}" for key in kind.rates)
        raise ConfigError(f"training diverged: {error}; lower one of {rates}") from error
    except torch.OutOfMemoryError as error:
        raise ConfigError(
            f"{context.device} has too little memory; lower train.batch_size"
        ) from error
    return done


def trained(context: RunContext, config: RunConfig) -> Checkpoint:
    """Return the run's checkpoint: loaded from its folder if finished, else resumed or new.

    A checkpoint in the folder belongs to the run if configuration, graph, histories and format are
    the same. Any other checkpoint is replaced.

    Raises:
        ConfigError: training diverges with these learning rates.
        CheckpointError: a checkpoint in the folder is damaged.
    """
    histories = context.histories
    digest = hashlib.sha256(context.dataset.data_hash.encode())
    places = (histories.user_entities, histories.positions, histories.offsets)
    for array in (*places, histories.movies, histories.ratings):
        digest.update(array.tobytes())
    context = replace(context, dataset=replace(context.dataset, data_hash=digest.hexdigest()))
    done = _same_run(context.folder / FINISHED, config, context.dataset)
    if done is not None:
        return done
    saved = _same_run(context.folder / UNFINISHED, config, context.dataset)
    return run_training(context, config, saved)


def _same_run(file: Path, config: RunConfig, dataset: Dataset) -> Checkpoint | None:
    """Return the checkpoint if it exists and belongs to this run."""
    if not file.exists():
        return None
    try:
        found = read_checkpoint(file, dataset)
    except CheckpointError as error:
        damage = error.__cause__
        if isinstance(damage, DamagedCheckpointError) and not isinstance(damage, OtherFormatError):
            raise
        return None
    return found if decisive(found.config) == config.training() else None
