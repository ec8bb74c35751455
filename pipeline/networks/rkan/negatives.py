"""Movies that a user did not watch in training, as the negative examples of training."""

from __future__ import annotations

import numpy as np

from model.arrays import Integers
from pipeline.content.histories import Histories


class NegativeSampler:
    """Draws negatives uniformly over the movies of the training part that the user lacks there.

    Movies that nobody watched in training are never negatives: they are no candidates of the
    ranking either, and no positive would ever balance them. Only the training part is consulted:
    a movie that the user watches later, in the held-out part, is as likely a negative as any.
    """

    def __init__(self, training: Histories) -> None:
        self._training = training
        self.movies = np.unique(training.movies).astype(np.int64)  # entityIds, ascending

    def sample(self, row: int, num_negs: int, rng: np.random.Generator) -> Integers:
        """Distinct negatives of one user.

        Args:
            row: the user's row in the training histories.
            num_negs: how many; fewer come where the user lacks fewer.
            rng: decides, together with the user's history.

        Returns:
            int64 [at most num_negs], entityIds in random order.
        """
        watched = np.searchsorted(self.movies, np.unique(self._training.movies_of(row)))
        left = len(self.movies) - len(watched)
        ranks = rng.choice(left, min(num_negs, left), replace=False)
        # The movie of rank r among those left comes after as many watched ones as have at most
        # r left ones before them.
        skipped = np.searchsorted(watched - np.arange(len(watched)), ranks, side="right")
        negatives: Integers = self.movies[ranks + skipped]
        return negatives
