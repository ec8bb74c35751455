"""What an epoch of training looks like in words."""

from __future__ import annotations

from model.trainer import EpochRecord


def epoch_line(phase: str, record: EpochRecord, epochs: int, pairs: str) -> str:
    """What is told of a finished epoch; ``pairs`` is the word for what was trained on."""
    words = [f"{phase}: epoch {record.epoch} of {epochs}"]
    if record.loss is None:
        words = [f"{phase}: before training"]
    else:
        words.append(f"loss {record.loss:.4f}")
    if record.validation is not None:
        words.append(f"validation mrr_sum@10 {record.validation:.4f}")
    if record.pairs:
        words.append(f"{record.pairs:,} {pairs} ({record.pairs_without_paths:,} without a path)")
        words.append(f"{record.seconds:.1f} s")
    return ", ".join(words)
