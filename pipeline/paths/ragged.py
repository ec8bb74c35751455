"""Lists of different lengths as flat arrays."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np

from model.arrays import Integers, ranges


class Lists:
    """Lists of different lengths, one after the other, and what belongs to their elements.

    Attributes:
        values: what belongs to the elements, in order of the lists.
    """

    def __init__(self, owners: Integers, count: int, *values: Any) -> None:
        """``owners`` are the numbers of the lists, from 0 to ``count`` - 1, of all elements."""
        order = np.argsort(owners, kind="stable")
        self.values: list[Any] = [each[order] for each in values]
        self._sizes = np.bincount(owners, minlength=count)
        self._starts = np.cumsum(self._sizes) - self._sizes

    def of(self, rows: Integers) -> tuple[Integers, Integers]:
        """Return the place in ``rows`` and the place in the values of each element, int64."""
        sizes = self._sizes[rows]
        return np.repeat(np.arange(len(rows)), sizes), ranges(self._starts[rows], sizes)


def flat(lists: Sequence[Sequence[int]]) -> tuple[Integers, Integers]:
    """Return the number of the list and the value of each element, int64 [elements] each."""
    sizes = np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))
    values = np.fromiter(chain.from_iterable(lists), dtype=np.int64, count=int(sizes.sum()))
    return np.repeat(np.arange(len(lists)), sizes), values


def known(ordered: Integers, values: Integers) -> tuple[Integers, Integers]:
    """Return the places of those values that are in an ascending array, and their rows in it."""
    if not len(ordered):
        values = values[:0]
    rows = np.minimum(np.searchsorted(ordered, values), max(len(ordered) - 1, 0))
    places = np.flatnonzero(ordered[rows] == values)
    return places, rows[places]
