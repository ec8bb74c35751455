"""Checkpoints: the weights of a run on disk, with the data to use, check and resume them.

The first line of a file holds the SHA-256 of the rest, which ``torch.load`` reads. Without it, a
damaged weight is a weight like any other.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, BinaryIO, cast

import torch

from model.atomic_file import written_atomically

Weights = dict[str, torch.Tensor]

# increased when older files become unreadable, or the same settings give another network
FORMAT = 4

_FIRST_LINE = "RKAN checkpoint, SHA-256 {digest}\n"
_LENGTH = len(_FIRST_LINE.format(digest="0" * 64))
_OLDER = b"PK\x03\x04"  # formats 1 to 3 had no first line, and began as every file of PyTorch


class DamagedCheckpointError(ValueError):
    """The file is not a checkpoint of this program, or not as it was written."""


class OtherFormatError(DamagedCheckpointError):
    """The checkpoint was written by another version of this program."""


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
    with written_atomically(file) as stream:
        stream.write(b" " * _LENGTH)
        body = _Hashed(stream)
        torch.save(content, cast(BinaryIO, body))
        body.check()
        stream.seek(0)
        stream.write(_first_line(body.digest.hexdigest()))


def load_checkpoint(file: Path) -> Checkpoint:
    """Read a checkpoint without executing code from the file (``weights_only``).

    Raises:
        OtherFormatError: the file was written by another version.
        DamagedCheckpointError: the file is truncated or altered, or not a checkpoint.
        OSError: the file is missing or cannot be read.
    """
    with file.open("rb") as stream:
        first, body = stream.read(_LENGTH), stream.read()
    if first.startswith(_OLDER):
        raise OtherFormatError(f"{file} was written by an earlier version of this program")
    if first != _first_line(hashlib.sha256(body).hexdigest()):
        raise DamagedCheckpointError(
            f"{file} is damaged or not a checkpoint: its content does not match its SHA-256"
        )
    try:
        content = torch.load(io.BytesIO(body), map_location="cpu", weights_only=True)
    except Exception as error:  # a foreign file can break any part of the reader
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DamagedCheckpointError(f"{file} is damaged or not a checkpoint: {reason}") from error
    if not isinstance(content, dict) or "format" not in content:
        raise DamagedCheckpointError(f"{file} is damaged or not a checkpoint: no format number")
    found = content.pop("format")
    if found != FORMAT:
        raise OtherFormatError(f"{file} has format {found}, this program reads {FORMAT}")
    try:
        return Checkpoint(**content)
    except TypeError as error:
        raise DamagedCheckpointError(
            f"{file} is damaged: its fields disagree with format {FORMAT}: {error}"
        ) from error


class _Hashed:
    """A stream that computes the SHA-256 of what is written, so that no copy of it is needed.

    PyTorch loses what a stream raises, so an error waits for ``check``.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self.digest = stream, hashlib.sha256()
        self._error: OSError | None = None

    def write(self, part: bytes | memoryview) -> int:
        self.digest.update(part)
        if self._error is None:
            try:
                self._stream.write(part)
            except OSError as error:
                self._error = error
        return len(part)

    def flush(self) -> None:
        """Do nothing: the file is flushed when it is complete."""

    def check(self) -> None:
        """Raise the error of an earlier ``write``."""
        if self._error is not None:
            raise self._error


def _first_line(digest: str) -> bytes:
    return _FIRST_LINE.format(digest=digest).encode()
