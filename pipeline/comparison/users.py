"""Per-user metrics: with the usual candidates, and among movies with few ratings or none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from model.arrays import Integers
from pipeline.comparison.split import Split
from pipeline.content.histories import Histories
from pipeline.evaluation.beyond import EXPLAINED, Background, beyond_metrics, explained
from pipeline.ids import EntityIds, UserIds, UserRows
from pipeline.ranking.judging import judged
from pipeline.ranking.lists import Score, TopLists, rank_movies
from pipeline.ranking.metrics import CUTOFF, per_user_metrics

COLD_MOVIE = 5  # a movie with 1 to COLD_MOVIE - 1 training ratings is cold
USUAL, COLD_CANDIDATES, NEW_CANDIDATES = "usual", "cold", "new"


def evaluate_users(
    split: Split,
    score: Score,
    against: Background,
    count_paths: Callable[[UserRows, TopLists], Integers | None] | None = None,
) -> pd.DataFrame:
    """Return all metrics, one row per user with both training and held-out ratings.

    Candidates are all movies in the full training part that the user did not rate there. They are
    the same for a method trained on cut histories, so that only the training data differs.

    Args:
        split: the data.
        score: the method's scores.
        against: popularity and attributes, for the metrics beyond accuracy.
        count_paths: returns the number of movies with a path in each list, given the users' rows
            and the lists. It is None, or returns None, for a method that reads no paths.

    Raises:
        FloatingPointError: a score is NaN or infinite.
    """
    rows = split.rows
    top = rank_movies(split.training, rows, score, CUTOFF)
    shares = np.full(len(rows), np.nan)
    counts = count_paths(rows, top) if count_paths else None
    if counts is not None:
        shares = explained(counts, top.lengths)
    return pd.DataFrame(
        {
            "userId": split.training.user_ids[rows],
            "heldOut": split.held_out.sizes[rows],
            "isCut": split.is_cut[rows],
            "candidates": USUAL,
            **per_user_metrics(judged(top, rows, split.held_out)),
            **beyond_metrics(top.movies, against),
            EXPLAINED: shares,
        }
    )


def thin_candidates(split: Split) -> dict[str, Integers]:
    """Return the movies with 1 to 4 training ratings, and those with none: ascending entityIds.

    Ratings are counted in the full training part, whatever a method was trained on.
    """
    kinds = np.array(split.catalogue.kinds)
    ratings = np.bincount(split.training.movies, minlength=len(kinds))
    movies = kinds == split.catalogue.schema.movie
    return {
        COLD_CANDIDATES: np.flatnonzero(movies & (ratings > 0) & (ratings < COLD_MOVIE)),
        NEW_CANDIDATES: np.flatnonzero(movies & (ratings == 0)),
    }


def evaluate_thin(split: Split, score: Score) -> pd.DataFrame:
    """Return the metrics among cold and among new movies, a row per user with one held out.

    Such movies hardly appear in the usual lists, so the usual metrics say nothing about them. Here
    they are a user's only candidates, and the task is to predict the held-out ones among them.

    Returns:
        The columns of ``evaluate_users`` without those beyond accuracy. ``candidates`` is "cold" or
        "new", and heldOut counts the held-out movies of that kind.

    Raises:
        FloatingPointError: a score is NaN or infinite.
    """
    frames = [
        _evaluate_among(split, score, candidates).assign(candidates=name)
        for name, candidates in thin_candidates(split).items()
    ]
    return pd.concat(frames, ignore_index=True)


def _evaluate_among(split: Split, score: Score, candidates: Integers) -> pd.DataFrame:
    held_out = _only(split.held_out, candidates)
    rows = UserRows(split.rows[held_out.sizes[split.rows] > 0])
    if len(rows):
        known = _with_candidates(_only(split.training, candidates), candidates)
        lists = judged(rank_movies(known, rows, score, CUTOFF), rows, held_out)
        metrics = per_user_metrics(lists)
    else:
        metrics = {}
    return pd.DataFrame(
        {
            "userId": split.training.user_ids[rows],
            "heldOut": held_out.sizes[rows],
            "isCut": split.is_cut[rows],
            **metrics,
        }
    )


def _only(histories: Histories, movies: Integers) -> Histories:
    """Return the histories with only these movies."""
    chosen = np.isin(histories.movies, movies)
    offsets = np.concatenate(([0], np.cumsum(chosen)))[histories.offsets].astype(np.int64)
    return Histories(
        histories.user_ids,
        histories.user_entities,
        offsets,
        histories.movies[chosen],
        histories.positions[chosen],
        histories.ratings[chosen],
    )


def _with_candidates(histories: Histories, candidates: Integers) -> Histories:
    """Add a user who rated all ``candidates``, because rank_movies ranks only rated movies."""
    return Histories(
        UserIds(np.append(histories.user_ids, -1)),
        EntityIds(np.append(histories.user_entities, -1)),
        np.append(histories.offsets, len(histories.movies) + len(candidates)),
        np.concatenate([histories.movies, candidates.astype(np.int32)]),
        np.append(histories.positions, np.arange(len(candidates))),
        np.append(histories.ratings, np.full(len(candidates), np.float32("nan"))),
    )
