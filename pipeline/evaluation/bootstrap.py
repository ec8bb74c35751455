"""Percentile intervals of means by drawing users with replacement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.arrays import Doubles

_OUTSIDE = 0.05  # share of the drawn means outside of the intervals
_DRAWS_AT_ONCE = 2**20  # limits the bootstrap's memory to twice 8 bytes per draw


@dataclass(frozen=True)
class Measure:
    """A mean over users with its interval.

    Attributes:
        mean: the mean.
        low: lower end of the 95 % bootstrap interval.
        high: upper end.
        users: number of users that have a value.
    """

    mean: float
    low: float
    high: float
    users: int


def bootstrap_interval(
    values: Doubles, *, resamples: int = 2000, seed: int = 0
) -> tuple[Doubles, Doubles]:
    """Return 95 % percentile intervals of the columns' means, drawing users with replacement.

    All columns share the draws, so that a comparison of two of them stays paired.

    Args:
        values: float64 [U, C], at least one user.
        resamples: N, the number of draws of U users each.
        seed: the seed of the draws.

    Returns:
        Lower and upper ends, float64 [C] each.
    """
    users = len(values)
    rng = np.random.default_rng(seed)
    means = np.empty((resamples, values.shape[1]))
    step = max(1, _DRAWS_AT_ONCE // users)
    for start in range(0, resamples, step):
        size = min(step, resamples - start)
        drawn = rng.integers(users, size=(size, users)) + np.arange(size)[:, None] * users
        times = np.bincount(drawn.ravel(), minlength=size * users).reshape(size, users)
        means[start : start + size] = times.astype(np.float64) @ values / users
    low, high = np.quantile(means, [_OUTSIDE / 2, 1 - _OUTSIDE / 2], axis=0)
    return np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)


def measured(values: Doubles) -> list[Measure]:
    """Return the mean of each column of float64 [U, C] with its interval, at least one user."""
    low, high = bootstrap_interval(values)
    ends = zip(values.mean(axis=0).tolist(), low.tolist(), high.tolist(), strict=True)
    return [Measure(*each, users=len(values)) for each in ends]
