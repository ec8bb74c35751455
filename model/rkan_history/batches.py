"""Selection of users from candidate lists, and conversion to tensors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace

import numpy as np
import numpy.typing as npt
import torch

from model.arrays import PADDING, Integers
from model.rkan_history.candidate_lists import CandidateLists, ListBatch


def collate_lists(lists: CandidateLists, device: torch.device | str = "cpu") -> ListBatch:
    """Return the tensors of one step: users, candidates and paths in the order of ``lists``."""
    owners = lists.slots.astype(np.int64)
    counts = np.bincount(owners, minlength=lists.candidates.size)
    most = int(counts.max(initial=0))
    rank = np.arange(len(owners)) - (np.cumsum(counts) - counts)[owners]  # within the candidate

    def tensor(array: npt.NDArray[np.generic], kind: type = np.int64) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array, dtype=kind)).to(device)

    return ListBatch(
        histories=tensor(lists.histories),
        candidates=tensor(lists.candidates),
        linear=tensor(lists.linear, np.float32),
        labels=tensor(lists.labels, np.float32),
        owners=tensor(owners),
        places=tensor(owners * most + rank),
        max_paths=most,
        sources=tensor(lists.sources),
        relations=tensor(lists.relations),
        attributes=tensor(lists.attributes),
        features=tensor(lists.features, np.float32),
    )


def list_batches(
    chunks: Iterable[CandidateLists], size: int, rng: np.random.Generator
) -> Iterator[CandidateLists]:
    """Yield each chunk's users in random order, ``size`` at a time, at a chunk's end fewer."""
    for chunk in chunks:
        order = rng.permutation(len(chunk.users))
        for start in range(0, len(order), size):
            yield lists_of(chunk, order[start : start + size])


def lists_of(lists: CandidateLists, rows: Integers) -> CandidateLists:
    """Return the lists of the users in ``rows``, int64, in that order, with their paths."""
    width = lists.candidates.shape[1]
    bounds = np.searchsorted(lists.slots, np.arange(len(lists.users) + 1) * width)
    first, sizes = bounds[rows], bounds[rows + 1] - bounds[rows]
    ends = np.cumsum(sizes)
    paths = np.arange(int(sizes.sum())) + np.repeat(first - ends + sizes, sizes)
    moved = np.repeat(np.arange(len(rows)) - rows, sizes) * width
    by_user = ("users", "histories", "candidates", "linear", "labels")
    chosen = {
        item.name: getattr(lists, item.name)[rows if item.name in by_user else paths]
        for item in fields(lists)
    }
    part = CandidateLists(**chosen)
    return replace(part, slots=(part.slots + moved).astype(np.int32))


def padded(rows: list[Integers], width: int) -> Integers:
    """Return rows of any length as one array [len(rows), width], cut or filled with PADDING."""
    table = np.full((len(rows), width), PADDING, dtype=np.int64)
    for place, row in enumerate(rows):
        table[place, : min(len(row), width)] = row[:width]
    return table
