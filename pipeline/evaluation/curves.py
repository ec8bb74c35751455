"""Deletion and sufficiency curves: what the strongest stored paths carry of the path score."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from model.arrays import Doubles
from pipeline.evaluation.bootstrap import Measure, measured
from pipeline.evaluation.stored_paths import Stored

NUMBERS = (1, 2, 3, 5, 10)  # numbers of paths that are deleted or kept


@dataclass(frozen=True)
class CurvePoint:
    """The path score without some paths, or with no others, as a share of the full path score.

    Attributes:
        paths: number of stored paths that are deleted or kept; all of them if there are fewer.
        without_strongest: mean share that is left without the strongest of the stored paths.
        without_random: mean share that is left without as many stored paths drawn at random.
        only_strongest: mean share that only the strongest stored paths carry.
        only_random: mean share that only as many stored paths drawn at random carry.
        difference: share of the strongest minus that of random ones, with its interval.
    """

    paths: int
    without_strongest: float
    without_random: float
    only_strongest: float
    only_random: float
    difference: Measure


def carried(weights: Sequence[float], total: float) -> Doubles:
    """Return the share that only some of the stored paths carry, float64 [2, len(NUMBERS)].

    The first line is that of the strongest paths. The second is the exact mean over all draws of
    as many paths without replacement: k of n paths carry k / n of what all n carry.

    Args:
        weights: the summands of the stored paths, at least one.
        total: the summands of all paths together, above 0.
    """
    summed = np.cumsum(np.sort(np.array(weights, dtype=np.float64))[::-1]) / total
    count = len(summed)
    kept = np.minimum(NUMBERS, count)
    return np.stack((summed[kept - 1], kept / count * summed[-1]))


class Curves:
    """Collects the curves of recommendations.

    They come from the stored ledger alone. In RKAN-history the evidence of the paths is added up,
    so a share without paths is 1 minus the share that they carry. This leaves out the attention:
    the network weighs the paths of a pair against each other, so deleting one changes the evidence
    of the others a little. DeletionTest scores again instead.

    Recommendations with fewer than two stored paths are left out, as there is nothing to choose.
    The values are means over users of the mean over a user's recommendations.
    """

    def __init__(self) -> None:
        self._sums: dict[int, Doubles] = {}
        self._counts: dict[int, int] = {}

    def add(self, stored: Stored) -> None:
        """Add one recommendation; without a ledger it is left out."""
        if stored.ledger is None or len(stored.paths) < 2 or stored.ledger.from_paths <= 0:
            return
        shares = carried([path.weight for path in stored.paths], stored.ledger.from_paths)
        self._sums[stored.user] = self._sums.get(stored.user, 0.0) + shares
        self._counts[stored.user] = self._counts.get(stored.user, 0) + 1

    def points(self) -> list[CurvePoint]:
        """Return a point for each number of paths; none without recommendations."""
        if not self._sums:
            return []
        users = _means(self._sums.values(), self._counts.values())  # [U, 2, len(NUMBERS)]
        strongest, drawn = users.mean(axis=0).tolist()
        differences = measured(users[:, 0] - users[:, 1])
        return [
            CurvePoint(number, 1 - most, 1 - some, most, some, difference)
            for number, most, some, difference in zip(
                NUMBERS, strongest, drawn, differences, strict=True
            )
        ]


def _means(sums: Iterable[Doubles], counts: Iterable[int]) -> Doubles:
    return np.stack([total / count for total, count in zip(sums, counts, strict=True)])
