"""Selection of users from candidate lists, and conversion to tensors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace

import numpy as np
import numpy.typing as npt
import torch

from model.arrays import PADDING, Integers, ranges
from model.rkan_history.candidate_lists import BY_USER, CandidateLists, ListBatch

_LEAST_WEIGHT = 1e-6  # added to a path's weight before its logarithm
_USUAL_LENGTH = 50.0  # movies of a history whose length counts as 0


def collate_lists(lists: CandidateLists, device: torch.device | str = "cpu") -> ListBatch:
    """Return the tensors of one step: users, candidates and paths in the order of ``lists``."""
    owners = lists.slots.astype(np.int64)
    counts = np.bincount(owners, minlength=lists.candidates.size)
    movies = (lists.histories != PADDING).sum(axis=1)
    ranks = np.arange(len(owners)) - (np.cumsum(counts) - counts)[owners]

    def tensor(array: npt.NDArray[np.generic], kind: type = np.int64) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array, dtype=kind)).to(device)

    return ListBatch(
        candidates=tensor(lists.candidates),
        taste=tensor(lists.taste, np.float32),
        popularity=tensor(lists.popularity, np.float32),
        labels=tensor(lists.labels, np.float32),
        lengths=tensor(np.log((1 + movies) / _USUAL_LENGTH), np.float32),
        owners=tensor(owners),
        ranks=tensor(ranks),
        kinds=tensor(lists.kinds),
        relations=tensor(lists.relations),
        log_weights=tensor(np.log(lists.weights + _LEAST_WEIGHT), np.float32),
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
    paths = ranges(first, sizes)
    moved = np.repeat(np.arange(len(rows)) - rows, sizes) * width
    chosen = {
        item.name: getattr(lists, item.name)[rows if item.name in BY_USER else paths]
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
