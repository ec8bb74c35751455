"""The baseline that knows no user: the movies that most users rated in training."""

from __future__ import annotations

import numpy as np

from model.arrays import Floats, Integers
from pipeline.content.histories import Histories
from pipeline.ids import UserRows
from pipeline.ranking.lists import TopLists, rank_movies


def most_popular(histories: Histories, rows: UserRows, k: int) -> TopLists:
    """The ``k`` movies with most training ratings that each user has not rated.

    The candidates are those of the recommendations; equal counts are ordered by entityId.
    """
    counts = np.bincount(histories.movies).astype(np.float32)

    def popularity(users: Integers, movies: Integers) -> Floats:
        return np.broadcast_to(counts[movies], (len(users), len(movies)))

    return rank_movies(histories, rows, popularity, k)
