"""The validation score of a method: its ranking of movies that users watched after training."""

from __future__ import annotations

import numpy as np

from pipeline.content.histories import Histories
from pipeline.ids import UserRows
from pipeline.ranking.judging import judged
from pipeline.ranking.lists import Score, rank_movies
from pipeline.ranking.metrics import CUTOFF, mrr_sum


class Validator:
    """mrr_sum@10 of the ranking by ``score``, averaged over the users with movies in both parts.

    Candidates are the movies of the training histories, minus the user's own training movies.
    """

    def __init__(self, score: Score, training: Histories, validation: Histories) -> None:
        self._training, self._validation = training, validation
        self._score = score
        useful = (validation.sizes > 0) & (training.sizes > 0)
        self._rows = UserRows(np.flatnonzero(useful).astype(np.int64))

    def __call__(self) -> float:
        """Return the validation score for the current scores.

        Raises:
            FloatingPointError: a score is NaN or infinite.
        """
        top = rank_movies(self._training, self._rows, self._score, CUTOFF)
        return float(mrr_sum(judged(top, self._rows, self._validation)).mean())
