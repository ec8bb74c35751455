"""Checkpoints: the weights of a run on disk, with the data to use, check and resume them."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import torch

from model.atomic_file import write_atomically

Weights = dict[str, torch.Tensor]

FORMAT = 3  # increased when older files become unreadable


class DamagedCheckpointError(ValueError):
    """The file is not a checkpoint of this program, or is incomplete."""


@dataclass(kw_only=True)
class TrainingState:
    """A network and its training state after an epoch.

    Attributes:
        phase: the network's name for the current phase of training; "done" at the end.
        epoch: number of epochs finished in this phase; at the end, of the epochs that made the
            final weights.
        weights: the network's ``state_dict``, on the CPU.
        sizes: arguments that rebuild the network, besides its configuration.
        trainer: the ``state_dict`` of this phase's trainer.
        best: the weights after the best epoch so far; empty where they are not needed.
        history: the epochs of each phase so far, as plain values.
        validation: the score after the best epoch; None without validation, and before the end.
        derived: fingerprint of the derived relationships that the paths use; None if they use none.
    """

    phase: str
    epoch: int
    weights: Weights
    sizes: dict[str, int] = field(default_factory=dict)
    trainer: dict[str, Any] = field(default_factory=dict)
    best: Weights = field(default_factory=dict)
    history: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    validation: float | None = None
    derived: str | None = None


@dataclass(kw_only=True)
class Checkpoint(TrainingState):
    """A training state with the run that it belongs to.

    Attributes:
        run_id: the name of the run.
        config: the run's whole configuration as plain values.
        data_hash: fingerprint of the content of the graph that the run was trained on.
        dataset: name of that graph's data set.
        num_entities: number of entities in that graph.
        seed: seed of the run. It determines the random draws of an epoch together with the epoch's
            number, so a resumed run needs no generator state.
    """

    run_id: str
    config: dict[str, Any]
    data_hash: str
    dataset: str
    num_entities: int
    seed: int


def on_cpu(weights: Weights) -> Weights:
    """Return copies of these weights on the CPU."""
    return {name: tensor.detach().cpu().clone() for name, tensor in weights.items()}


def save_checkpoint(file: Path, checkpoint: Checkpoint) -> None:
    """Write ``checkpoint`` to ``file`` atomically.

    Raises:
        OSError: the disk is full or the folder is not writable; ``file`` is unchanged.
    """
    content = {item.name: getattr(checkpoint, item.name) for item in fields(checkpoint)}
    content["format"] = FORMAT
    buffer = io.BytesIO()
    torch.save(content, buffer)
    write_atomically(file, buffer.getbuffer())


def load_checkpoint(file: Path) -> Checkpoint:
    """Read a checkpoint without executing code from the file (``weights_only``).

    Raises:
        DamagedCheckpointError: the file is truncated, altered, or not of this version.
        OSError: the file is missing or cannot be read.
    """
    stored = io.BytesIO(file.read_bytes())
    try:
        content = torch.load(stored, map_location="cpu", weights_only=True)
    except Exception as error:  # a broken file can break any part of the reader
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DamagedCheckpointError(f"{file} is damaged or not a checkpoint: {reason}") from error
    if not isinstance(content, dict) or "format" not in content:
        raise DamagedCheckpointError(f"{file} is damaged or not a checkpoint: no format number")
    found = content.pop("format")
    if found != FORMAT:
        raise DamagedCheckpointError(f"{file} has format {found}, this program reads {FORMAT}")
    try:
        return Checkpoint(**content)
    except TypeError as error:
        raise DamagedCheckpointError(
            f"{file} is damaged: its fields disagree with format {FORMAT}: {error}"
        ) from error
