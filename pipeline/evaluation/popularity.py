"""The most-popular baseline: the movies with the most training ratings, for every user."""

from __future__ import annotations

import numpy as np

from model.arrays import Floats, Integers
from pipeline.content.histories import Histories
from pipeline.ids import UserRows
from pipeline.ranking.lists import TopLists, rank_movies


def most_popular(histories: Histories, rows: UserRows, k: int) -> TopLists:
    """Return the ``k`` movies with the most training ratings that each user has not rated.

    The candidates are the same as for recommendations. Equal counts are ordered by entityId.
    """
    counts = np.bincount(histories.movies).astype(np.float32)

    def popularity(users: Integers, movies: Integers) -> Floats:
        return np.broadcast_to(counts[movies], (len(users), len(movies)))

    return rank_movies(histories, rows, popularity, k)
