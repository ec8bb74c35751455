"""The baseline that knows no user: the movies that most users rated in training."""

from __future__ import annotations

import numpy as np

from pipeline.content.histories import Histories
from pipeline.ranking.lists import Integers, Scores, TopLists, rank_movies


def most_popular(histories: Histories, rows: Integers, k: int) -> TopLists:
    """The ``k`` movies with most training ratings that each user has not rated.

    The candidates are those of the recommendations; equal counts are ordered by entityId.
    """
    counts = np.bincount(histories.movies).astype(np.float32)

    def popularity(users: Integers, movies: Integers) -> Scores:
        return np.broadcast_to(counts[movies], (len(users), len(movies)))

    return rank_movies(histories, rows, popularity, k)
