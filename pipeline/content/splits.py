"""The split into training and held-out ratings: per user's history, or at one point in time.

A user's ratings are ordered by timestamp. Equal timestamps keep the order of the input, or get a
random order if there is a tie seed.

"per-user-time": the first round((1 - test_fraction) * n) of a user's n ratings train and the rest
are held out, with Python's round (half to even), as in the paper's predecessor RKGE.

"global-time": all users' ratings up to one point in time train, later ones are held out, about
``test_fraction`` of them. No training rating of any user is then later than a held-out one. The
per-user split lets other users' later ratings into training (Ji et al., "A Critical Study on Data
Leakage in Recommender System Offline Evaluation", TOIS 2023).
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
_GAPS = 0.01  # share of a file's positions that may be missing because rows were refused


def check_test_fraction(test_fraction: float) -> None:
    """Check that the fraction is in [0, 1).

    Raises:
        ConfigError: the fraction is outside [0, 1).
    """
    if not 0 <= test_fraction < 1:
        raise ConfigError(f"test fraction {test_fraction!r} must be 0 or more and less than 1")


def check_tie_seed(tie_seed: int | None) -> None:
    """Check that NumPy accepts the seed and the graph can store it.

    Raises:
        ConfigError: the seed is negative or needs more than 63 bits.
    """
    if tie_seed is not None and not 0 <= tie_seed < 2**63:
        raise ConfigError(f"tie seed {tie_seed} must be 0 or more and less than 2^63")


def training_counts(lengths: NDArray[np.int64], test_fraction: float) -> NDArray[np.int64]:
    """Return the number of training ratings for histories of these lengths ([U] -> [U]).

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
    """Return the ratings ordered by userId and position, with two more columns.

    ``position`` (int64) is the 0-based place in the user's history; ``held_out`` (bool) is True for
    a held-out rating.

    Args:
        ratings: userId, movieId, rating, timestamp, in input order.
        test_fraction: share to hold out, in [0, 1), of each history or of all ratings.
        split: kind of the split, per user's history or at one point in time.
        tie_seed: seed of the order among a user's equal timestamps; None keeps the input's order.

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
    """Return sort keys for a user's equal timestamps, int64 [ratings]: all 0, or drawn at random.

    Keys are drawn in order of user and movie, so the order of the input does not matter.
    """
    places = np.zeros(len(ratings), dtype=np.int64)
    if tie_seed is not None:
        check_tie_seed(tie_seed)
        fixed = np.lexsort((ratings["movieId"].to_numpy(), ratings["userId"].to_numpy()))
        places[fixed] = np.random.default_rng(tie_seed).permutation(len(ratings))
    return places


def _last_training_time(times: NDArray[np.int64], test_fraction: float) -> int:
    """Return the latest time that trains; with its ties, more may train than the fraction says."""
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
    """Refuse timestamps that are positions in each user's history: 0 to n - 1, or 1 to n.

    ``times`` are ordered by user, then time. Refused rows may have left gaps.
    """
    latest = times[np.cumsum(lengths) - 1]
    if len(times) and times.min() >= 0 and latest.sum() <= (1 + _GAPS) * len(times):
        raise ConfigError(
            f"--split {GLOBAL} needs times, but the timestamps look like positions in each user's "
            f"history ({times.min()} to {times.max()}, and a user's last one is about the number "
            f"of the user's ratings); use --split {PER_USER}"
        )
