"""Paths of one user as a table, and which of them are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from model.arrays import PADDING, Floats, Integers
from model.rkan_history.path_kinds import Feature, PathKind


class PathTable(NamedTuple):
    """Some paths of one user, with fields as in CandidateLists; ``columns`` are candidates."""

    columns: Integers
    kinds: npt.NDArray[np.int8]
    relations: npt.NDArray[np.int8]
    sources: Integers
    ages: Integers
    through: Integers
    beyond: Integers
    weights: Floats
    features: Floats


def of_one_kind(
    kind: PathKind,
    ages: Integers,
    columns: Integers,
    weights: Floats,
    through: Integers | None = None,
    *,
    relation: int,
) -> PathTable:
    """Return paths of one kind; ``sources`` and ``features`` are still empty."""
    count = len(ages)
    return PathTable(
        columns=columns,
        kinds=np.full(count, kind, dtype=np.int8),
        relations=np.full(count, relation, dtype=np.int8),
        sources=np.zeros(count, dtype=np.int64),
        ages=ages,
        through=np.full(count, PADDING, dtype=np.int64) if through is None else through,
        beyond=np.full((count, 2), PADDING, dtype=np.int64),
        weights=weights,
        features=np.zeros((count, len(Feature)), dtype=np.float32),
    )


def joined(parts: Sequence[PathTable]) -> PathTable:
    """Return all paths of some tables."""
    fields: Any = (np.concatenate(each) for each in zip(*parts, strict=True))
    return PathTable(*fields)


def in_order(paths: PathTable) -> PathTable:
    """Return the paths in order of the candidates, those of a candidate in order of kinds."""
    order = np.lexsort((paths.kinds, paths.columns))
    ordered: Any = (field[order] for field in paths)
    return PathTable(*ordered)


def greatest_of_columns(columns: Integers, weights: Floats, *ties: Any, count: int) -> Integers:
    """Return the places of each column's ``count`` greatest weights.

    Equal weights are in ascending order of ``ties``.
    """
    order = np.lexsort((*reversed(ties), -weights, columns))
    ordered = columns[order]
    rank = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
    return order[rank < count]


def greatest_of_grid(values: Floats, count: int) -> tuple[Integers, Integers]:
    """Return row and column of each column's ``count`` greatest entries above 0."""
    count = min(count, len(values))
    if not count or not values.size:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    rows = np.argpartition(-values, count - 1, axis=0)[:count]  # [count, C]
    columns = np.broadcast_to(np.arange(values.shape[1]), rows.shape)
    found = np.take_along_axis(values, rows, axis=0) > 0
    return rows[found].astype(np.int64), columns[found].astype(np.int64)
