"""Lists of the best movies for each user, given a score of every user and movie.

Candidates are the movies that anyone rated in training, minus the user's own training movies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from model.arrays import PADDING, Floats, Integers
from pipeline.content.histories import Histories
from pipeline.ids import EntityIds, UserRows

_USERS_AT_ONCE = 256

Score = Callable[[EntityIds, EntityIds], Floats]  # entityIds of users [b], movies [m] -> [b, m]


@dataclass(frozen=True)
class TopLists:
    """The best movies of some users. R users, K places.

    Attributes:
        movies: int64 [R, K], entityIds, best first, then PADDING.
        scores: float32 [R, K], the scores of the movies, 0 where there is no movie.
    """

    movies: EntityIds
    scores: Floats

    @property
    def lengths(self) -> Integers:
        """The number of movies on each list, int64 [R]."""
        return np.asarray((self.movies != PADDING).sum(axis=1), dtype=np.int64)


def rank_movies(
    histories: Histories, rows: UserRows, score: Score, k: int, movies: EntityIds | None = None
) -> TopLists:
    """Return the ``k`` best candidates of the users in ``rows``; ties are ordered by entityId.

    Lists are shorter where there are fewer than ``k`` candidates.

    Args:
        histories: the users' movies, which are no candidates.
        rows: rows of the users.
        score: scores of users and movies.
        k: length of the lists.
        movies: entityIds of the candidates; None for all movies that anyone watched.

    Raises:
        FloatingPointError: a score is NaN or infinite.
    """
    allowed = histories.watched if movies is None else movies
    candidates = EntityIds(np.unique(allowed).astype(np.int64))
    k = min(k, len(candidates))
    best_movies = np.full((len(rows), k), PADDING, dtype=np.int64)
    scores = np.zeros((len(rows), k), dtype=np.float32)
    for start in range(0, len(rows), _USERS_AT_ONCE):
        part = UserRows(rows[start : start + _USERS_AT_ONCE])
        grid = np.array(score(histories.entities_of(part), candidates), dtype=np.float32)
        if not np.isfinite(grid).all():
            raise FloatingPointError("a score is NaN or infinite")
        for place, row in enumerate(part):
            grid[place, np.isin(candidates, histories.movies_of(row))] = -np.inf
            best = best_places(grid[place], k)
            best_movies[start + place, : len(best)] = candidates[best]
            scores[start + place, : len(best)] = grid[place, best]
    return TopLists(EntityIds(best_movies), scores)


def best_places(scores: Floats, k: int) -> Integers:
    """Return the places of the k greatest finite scores, greatest first; ties keep their order."""
    if len(scores) > k:
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        found = np.flatnonzero(scores >= least)
    else:
        found = np.arange(len(scores))
    found = found[scores[found] > -np.inf]
    return found[np.argsort(-scores[found], kind="stable")][:k].astype(np.int64)
