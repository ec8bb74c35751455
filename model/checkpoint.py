"""A network on disk, with all that is needed to use it, to check it and to go on training it."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import torch

from model.atomic_file import write_atomically
from model.rkan.config import RKANConfig
from model.rkan.network import RKAN
from model.rkan_history.config import HistoryConfig, RKANHistoryConfig
from model.rkan_history.network import RKANHistory

Network = RKAN | RKANHistory

FORMAT = 2  # raised when the content changes so that older files cannot be read


class DamagedCheckpointError(ValueError):
    """The file is not a checkpoint of this program, or only part of one."""


@dataclass
class Checkpoint:
    """A network after some epoch of a run.

    Attributes:
        run_id: the run it belongs to.
        config: the run's whole configuration as plain values; what rebuilds the network is in it.
        data_hash: fingerprint of the graph's content that it was trained on.
        dataset: that graph's name.
        num_entities: entities of that graph; entityId is the row of the embedding table.
        network: the weights, on the CPU.
        phase: what was being trained, a name of the run's own; "done" at the end.
        epoch: epochs finished in this phase.
        seed: of the run. All random draws of an epoch follow from it and the epoch's number, so a
            run goes on as if it had not stopped, with no generator state to keep.
        optimiser: the state of the trainer of this phase: its optimiser's, and what else it keeps.
        best: the weights after the best epoch so far, where they are still needed.
        history: plain values, what happened so far.
    """

    run_id: str
    config: dict[str, Any]
    data_hash: str
    dataset: str
    num_entities: int
    network: Network
    phase: str
    epoch: int
    seed: int
    optimiser: dict[str, Any] = field(default_factory=dict)
    best: dict[str, torch.Tensor] = field(default_factory=dict)
    history: dict[str, Any] = field(default_factory=dict)


def save_checkpoint(file: Path, checkpoint: Checkpoint) -> None:
    """Write ``checkpoint`` so that ``file`` is always a whole one: the old or the new.

    Raises:
        OSError: the disk is full or the folder cannot be written; ``file`` is as it was.
    """
    content = {item.name: getattr(checkpoint, item.name) for item in fields(checkpoint)}
    weights = checkpoint.network.state_dict()
    content["network"] = {name: tensor.cpu() for name, tensor in weights.items()}
    content["sizes"] = checkpoint.network.sizes
    content["format"] = FORMAT
    buffer = io.BytesIO()
    torch.save(content, buffer)
    write_atomically(file, buffer.getbuffer())


def load_checkpoint(file: Path) -> Checkpoint:
    """Read a checkpoint; nothing in the file is ever executed (``weights_only``).

    Raises:
        DamagedCheckpointError: truncated, altered, or not a checkpoint of this version.
        OSError: the file is missing or cannot be read.
    """
    stored = io.BytesIO(file.read_bytes())
    try:
        content = torch.load(stored, map_location="cpu", weights_only=True)
    except Exception as error:  # what a broken file breaks first is any part of the reader
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DamagedCheckpointError(f"{file} is damaged or not a checkpoint: {reason}") from error
    if not isinstance(content, dict) or "format" not in content:
        raise DamagedCheckpointError(f"{file} is damaged or not a checkpoint: no format number")
    found = content.pop("format")
    if found != FORMAT:
        raise DamagedCheckpointError(f"{file} has format {found}, this program reads {FORMAT}")
    try:
        network = _rebuilt(content["config"], content.pop("sizes"))
        network.load_state_dict(content.pop("network"))
        return Checkpoint(network=network, **content)
    except (KeyError, TypeError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise DamagedCheckpointError(f"{file} is damaged: its parts disagree: {reason}") from error


def _rebuilt(config: dict[str, Any], sizes: dict[str, int]) -> Network:
    """A network of this configuration, its weights not yet those of the checkpoint."""
    if config["model"]["name"] == RKANConfig.name:
        return RKAN(RKANConfig(**config["model"]), **sizes)
    history = HistoryConfig(**config["history"])
    return RKANHistory(RKANHistoryConfig(**config["model"]), history, **sizes)
