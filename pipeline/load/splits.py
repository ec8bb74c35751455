"""Which ratings train and which are held out: the last part of each user's history.

A user's ratings are ordered by timestamp; equal timestamps keep the order of the input. The first
round((1 - test_fraction) * n) of n train and the rest are held out, with Python's round (half to
even), as the paper's ancestor does it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame


def check_test_fraction(test_fraction: float) -> None:
    """Refuse a fraction that is not in [0, 1).

    Raises:
        ConfigError: it is not.
    """
    if not 0 <= test_fraction < 1:
        raise ConfigError(f"test fraction {test_fraction!r} must be 0 or more and less than 1")


def training_counts(lengths: NDArray[np.int64], test_fraction: float) -> NDArray[np.int64]:
    """How many ratings train, for histories of these lengths ([U] -> [U]).

    Raises:
        ConfigError: ``test_fraction`` is not in [0, 1).
    """
    check_test_fraction(test_fraction)
    counts: NDArray[np.int64] = np.rint((1 - test_fraction) * lengths).astype(np.int64)
    return counts


def split_ratings(ratings: DataFrame, test_fraction: float) -> DataFrame:
    """The ratings by userId and then position, with two columns more.

    ``position`` (int64) is the 0-based place in the user's history; ``held_out`` (bool) says on
    which side of the split a rating is.

    Args:
        ratings: userId, movieId, rating, timestamp, in input order.
        test_fraction: part of each history to hold out, in [0, 1).

    Raises:
        ConfigError: ``test_fraction`` is not in [0, 1).
    """
    users = ratings["userId"].to_numpy()
    order = np.lexsort((ratings["timestamp"].to_numpy(), users))  # a stable sort
    _, starts, lengths = np.unique(users[order], return_index=True, return_counts=True)
    position = np.arange(len(order)) - np.repeat(starts, lengths)
    held_out = position >= np.repeat(training_counts(lengths, test_fraction), lengths)
    return ratings.iloc[order].reset_index(drop=True).assign(position=position, held_out=held_out)
