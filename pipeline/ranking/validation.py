"""How well a method ranks what users watched after the part of their history that trains it."""

from __future__ import annotations

import numpy as np

from pipeline.content.histories import Histories
from pipeline.ids import UserRows
from pipeline.ranking.judging import judged
from pipeline.ranking.lists import Score, rank_movies
from pipeline.ranking.metrics import CUTOFF, mrr_sum


class Validator:
    """mrr_sum@10 of the ranking by ``score``, averaged over the users with something to find.

    Candidates are the movies of the training histories, minus the user's own there.
    """

    def __init__(self, score: Score, training: Histories, validation: Histories) -> None:
        self._training, self._validation = training, validation
        self._score = score
        useful = (validation.sizes > 0) & (training.sizes > 0)
        self._rows = UserRows(np.flatnonzero(useful).astype(np.int64))

    def __call__(self) -> float:
        """The figure for the scores as they are now.

        Raises:
            FloatingPointError: a score is not a finite number.
        """
        top = rank_movies(self._training, self._rows, self._score, CUTOFF)
        return float(mrr_sum(judged(top, self._rows, self._validation)).mean())
