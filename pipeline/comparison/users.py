"""Every user's figures: with the usual candidates, and among movies that few or none rated."""

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
from pipeline.schema import MOVIELENS

COLD_MOVIE = 5  # a movie with fewer training ratings is cold
USUAL, COLD_CANDIDATES, NEW_CANDIDATES = "usual", "cold", "new"


def evaluate_users(
    split: Split,
    score: Score,
    against: Background,
    count_paths: Callable[[UserRows, TopLists], Integers | None] | None = None,
) -> pd.DataFrame:
    """Every metric of every user with something to foretell, one row a user.

    Candidates are all movies of the full training part but the user's own there, also for a method
    that learned from cut histories: what it may learn is then all that differs.

    Args:
        split: the data.
        score: of the method.
        against: popularity and attributes, for the metrics beyond accuracy.
        count_paths: how many movies of each list have a path, from the users' rows and the lists;
            None, or a result of None, for a method that has none to show.

    Raises:
        FloatingPointError: a score is not a finite number.
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
    """The graph's movies with 1 to 4 training ratings, and those with none: entityIds, ascending.

    Popularity is that of the full training part, whatever a method learned from.
    """
    kinds = np.array(split.catalogue.kinds)
    ratings = np.bincount(split.training.movies, minlength=len(kinds))
    movies = kinds == MOVIELENS.movie
    return {
        COLD_CANDIDATES: np.flatnonzero(movies & (ratings > 0) & (ratings < COLD_MOVIE)),
        NEW_CANDIDATES: np.flatnonzero(movies & (ratings == 0)),
    }


def evaluate_thin(split: Split, score: Score) -> pd.DataFrame:
    """The metrics within the cold and within the new movies, a row per user with one held out.

    In the usual lists such movies hardly appear, so the usual figures say nothing about them. Here
    they are a user's only candidates, and what is to be foretold are the held-out ones among them.

    Returns:
        The columns of ``evaluate_users`` without those beyond accuracy; ``candidates`` is "cold" or
        "new", and heldOut counts the movies of that kind.

    Raises:
        FloatingPointError: a score is not a finite number.
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
    """The histories without all other movies; their places in the graph (``starts``) are lost."""
    chosen = np.isin(histories.movies, movies)
    offsets = np.concatenate(([0], np.cumsum(chosen)))[histories.offsets].astype(np.int64)
    return Histories(
        histories.user_ids,
        histories.user_entities,
        offsets,
        histories.movies[chosen],
        np.zeros_like(histories.starts),
        histories.ratings[chosen],
    )


def _with_candidates(histories: Histories, candidates: Integers) -> Histories:
    """One user more, who rated all ``candidates``: what anyone rated is what rank_movies ranks."""
    return Histories(
        UserIds(np.append(histories.user_ids, -1)),
        EntityIds(np.append(histories.user_entities, -1)),
        np.append(histories.offsets, len(histories.movies) + len(candidates)),
        np.concatenate([histories.movies, candidates.astype(np.int32)]),
        np.append(histories.starts, 0),
        np.append(histories.ratings, np.full(len(candidates), np.float32("nan"))),
    )
