"""Conversion of ragged pairs and paths to tensors, without a Python loop over pairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import torch

from model.arrays import PADDING, Integers, Integers32
from model.rkan.pair_paths import PairPaths, PathBatch


def collate(paths: PairPaths, device: torch.device | str = "cpu") -> PathBatch:
    """Return the tensors of one training step, pairs and paths in the order of ``paths``."""
    pair_index = paths.pair_index.astype(np.int64)
    counts = np.bincount(pair_index, minlength=len(paths.users))
    most = int(counts.max(initial=0))
    first = np.cumsum(counts) - counts  # [B], index of each pair's first path
    rank = np.arange(len(pair_index)) - first[pair_index]  # [N], index within the pair
    entities = np.where(paths.entities == PADDING, 0, paths.entities).astype(np.int64)
    return PathBatch(
        users=_tensor(paths.users, device),
        movies=_tensor(paths.movies, device),
        labels=_tensor(paths.labels, device),
        entities=_tensor(entities, device),
        lengths=_tensor(paths.lengths.astype(np.int64), device),
        slots=_tensor(pair_index * most + rank, device),
        max_paths=most,
    )


def rebatch(chunks: Iterable[PairPaths], batch_size: int) -> Iterator[PairPaths]:
    """Cut and join chunks of any size into batches of exactly ``batch_size`` pairs.

    The last batch may be smaller. At most one batch and one chunk are in memory at a time.
    """
    held: list[PairPaths] = []
    size = 0
    for chunk in chunks:
        start = 0
        while size + len(chunk.users) - start >= batch_size:
            stop = start + batch_size - size
            yield join([*held, pairs_between(chunk, start, stop)])
            held, size, start = [], 0, stop
        if start < len(chunk.users):
            held.append(pairs_between(chunk, start, len(chunk.users)))
            size += len(chunk.users) - start
    if held:
        yield join(held)


def shuffled(
    chunks: Iterable[PairPaths], window: int, rng: np.random.Generator
) -> Iterator[PairPaths]:
    """Shuffle the pairs of neighbouring chunks, so that a step sees more than a few users.

    At least ``window`` pairs, or all if there are fewer, are collected and shuffled at a time.
    """
    held: list[PairPaths] = []
    size = 0
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk.users)
        if size >= window:
            yield reordered(join(held), rng.permutation(size))
            held, size = [], 0
    if held:
        yield reordered(join(held), rng.permutation(size))


def reordered(paths: PairPaths, order: Integers) -> PairPaths:
    """Return the pairs in the order of their indices ``order``, int64 [B], with their paths."""
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    pair_index = place[paths.pair_index]
    path_order = np.argsort(pair_index, kind="stable")
    return PairPaths(
        paths.users[order],
        paths.movies[order],
        paths.labels[order],
        paths.entities[path_order],
        paths.lengths[path_order],
        pair_index[path_order].astype(np.int32),
    )


def pairs_between(paths: PairPaths, start: int, stop: int) -> PairPaths:
    """Return the pairs start..stop-1 with their paths."""
    low, high = np.searchsorted(paths.pair_index, (start, stop))
    return PairPaths(
        paths.users[start:stop],
        paths.movies[start:stop],
        paths.labels[start:stop],
        paths.entities[low:high],
        paths.lengths[low:high],
        paths.pair_index[low:high] - np.int32(start),
    )


def join(parts: list[PairPaths]) -> PairPaths:
    """Concatenate several sets of pairs; paths are padded to the longest."""
    if len(parts) == 1:
        return parts[0]
    steps = max(part.entities.shape[1] for part in parts)
    starts = np.cumsum([0, *(len(part.users) for part in parts[:-1])]).astype(np.int32)
    return PairPaths(
        np.concatenate([part.users for part in parts]),
        np.concatenate([part.movies for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([_widened(part.entities, steps) for part in parts]),
        np.concatenate([part.lengths for part in parts]),
        np.concatenate(
            [part.pair_index + start for part, start in zip(parts, starts, strict=True)]
        ),
    )


def _widened(entities: Integers32, steps: int) -> Integers32:
    missing = steps - entities.shape[1]
    return np.pad(entities, ((0, 0), (0, missing)), constant_values=PADDING)


def _tensor(array: npt.NDArray[np.generic], device: torch.device | str) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array)).to(device)
