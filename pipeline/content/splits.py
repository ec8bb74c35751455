"""Which ratings train and which are held out: by each user's history, or at one point in time.

A user's ratings are ordered by timestamp; equal timestamps keep the order of the input, or with a
tie seed have a random one.

"per-user-time": the first round((1 - test_fraction) * n) of a user's n ratings train and the rest
are held out, with Python's round (half to even), as the paper's ancestor does it.

"global-time": all users' ratings up to the point in time that leaves ``test_fraction`` of them
train, later ones are held out. Nothing that is learned from is then later than what is to be
foretold, of anyone: the per-user split lets other users' later ratings through (Ji et al., "A
Critical Study on Data Leakage in Recommender System Offline Evaluation", TOIS 2023).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame

SplitKind = Literal["per-user-time", "global-time"]
PER_USER: SplitKind = "per-user-time"
GLOBAL: SplitKind = "global-time"
SPLITS = (PER_USER, GLOBAL)
_GAPS = 0.01  # share of a file's positions that refused rows may have left out


def check_test_fraction(test_fraction: float) -> None:
    """Refuse a fraction that is not in [0, 1).

    Raises:
        ConfigError: it is not.
    """
    if not 0 <= test_fraction < 1:
        raise ConfigError(f"test fraction {test_fraction!r} must be 0 or more and less than 1")


def check_tie_seed(tie_seed: int | None) -> None:
    """Refuse a seed that no generator takes, or that the graph cannot store.

    Raises:
        ConfigError: it is negative or needs more than 63 bits.
    """
    if tie_seed is not None and not 0 <= tie_seed < 2**63:
        raise ConfigError(f"tie seed {tie_seed} must be 0 or more, and less than 2^63")


def training_counts(lengths: NDArray[np.int64], test_fraction: float) -> NDArray[np.int64]:
    """How many ratings train, for histories of these lengths ([U] -> [U]).

    Raises:
        ConfigError: ``test_fraction`` is not in [0, 1).
    """
    check_test_fraction(test_fraction)
    counts: NDArray[np.int64] = np.rint((1 - test_fraction) * lengths).astype(np.int64)
    return counts


def split_ratings(
    ratings: DataFrame,
    test_fraction: float,
    split: SplitKind = PER_USER,
    tie_seed: int | None = None,
) -> DataFrame:
    """The ratings by userId and then position, with two columns more.

    ``position`` (int64) is the 0-based place in the user's history; ``held_out`` (bool) says on
    which side of the split a rating is.

    Args:
        ratings: userId, movieId, rating, timestamp, in input order.
        test_fraction: part to hold out, in [0, 1): of each history, or of all ratings.
        split: by each user's history, or at one point in time.
        tie_seed: of the order among a user's equal timestamps; None keeps that of the input.

    Raises:
        ConfigError: ``test_fraction`` is not in [0, 1), ``tie_seed`` is negative, or the
            timestamps cannot be split at one point in time.
    """
    check_test_fraction(test_fraction)
    users, times = ratings["userId"].to_numpy(), ratings["timestamp"].to_numpy()
    order = np.lexsort((_ties(ratings, tie_seed), times, users))  # a stable sort
    _, starts, lengths = np.unique(users[order], return_index=True, return_counts=True)
    position = np.arange(len(order)) - np.repeat(starts, lengths)
    if split == GLOBAL:
        _refuse_positions(times[order], lengths)
        held_out = times[order] > _last_training_time(times, test_fraction)
    else:
        held_out = position >= np.repeat(training_counts(lengths, test_fraction), lengths)
    return ratings.iloc[order].reset_index(drop=True).assign(position=position, held_out=held_out)


def _ties(ratings: DataFrame, tie_seed: int | None) -> NDArray[np.int64]:
    """What orders a user's equal timestamps, int64 [ratings]: nothing, or a place drawn for each.

    Drawn for the ratings in order of user and movie, so the order of the input does not matter.
    """
    places = np.zeros(len(ratings), dtype=np.int64)
    if tie_seed is not None:
        check_tie_seed(tie_seed)
        fixed = np.lexsort((ratings["movieId"].to_numpy(), ratings["userId"].to_numpy()))
        places[fixed] = np.random.default_rng(tie_seed).permutation(len(ratings))
    return places


def _last_training_time(times: NDArray[np.int64], test_fraction: float) -> int:
    """The latest time that trains; all ratings of that very time do, so fewer may be held out."""
    count = int(np.rint((1 - test_fraction) * len(times)))
    if count == 0:  # too few ratings for such a fraction: as with a user's, all are held out
        return int(times.min(initial=0)) - 1
    last = int(np.sort(times)[count - 1])
    if test_fraction and last == times.max():
        raise ConfigError(
            f"--split {GLOBAL} would hold nothing out: more than the last {test_fraction:g} of the "
            f"ratings have the same timestamp, {last}; use --split {PER_USER}"
        )
    return last


def _refuse_positions(times: NDArray[np.int64], lengths: NDArray[np.int64]) -> None:
    """Refuse timestamps that count each user's ratings: 0 to n - 1, or 1 to n.

    ``times`` are by user and then time. Rows that were refused may have left gaps.
    """
    latest = times[np.cumsum(lengths) - 1]
    if len(times) and times.min() >= 0 and latest.sum() <= (1 + _GAPS) * len(times):
        raise ConfigError(
            f"--split {GLOBAL} needs times, but the timestamps look like places in each user's "
            f"history ({times.min()} to {times.max()}, the last about the number of the user's "
            f"ratings); use --split {PER_USER}"
        )
