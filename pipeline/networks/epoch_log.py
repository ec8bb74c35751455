"""The log line after an epoch of training."""

from __future__ import annotations

from model.training.trainer import EpochRecord


def epoch_line(phase: str, record: EpochRecord, epochs: int, pairs: str, measure: str) -> str:
    """Return the line for a finished epoch.

    Args:
        phase: phase of the run.
        record: record of the epoch.
        epochs: maximum number of epochs of the phase.
        pairs: word for the training pairs.
        measure: name of the validation score.
    """
    words = [f"{phase}: epoch {record.epoch} of {epochs}"]
    if record.loss is None:
        words = [f"{phase}: before training"]
    else:
        words.append(f"loss {record.loss:.4f}")
    if record.validation is not None:
        words.append(f"validation {measure} {record.validation:.4f}")
    if record.pairs:
        words.append(f"{record.pairs:,} {pairs} ({record.pairs_without_paths:,} without a path)")
        words.append(f"{record.seconds:.1f} s")
    return ", ".join(words)
