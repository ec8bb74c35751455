"""Sampling of negatives, movies that a user did not watch in training."""

from __future__ import annotations

import numpy as np

from model.arrays import Integers
from pipeline.content.histories import Histories


class NegativeSampler:
    """Draws negatives uniformly from the training movies that the user did not watch in training.

    Movies that nobody watched in training are never negatives: they are not candidates of the
    ranking either, and no positive would balance them. Only the training part is used: a movie that
    the user watches later, in the held-out part, is as likely a negative as any other.
    """

    def __init__(self, training: Histories) -> None:
        self._training = training
        self.movies = np.unique(training.movies).astype(np.int64)  # entityIds, ascending

    def sample(self, row: int, num_negs: int, rng: np.random.Generator) -> Integers:
        """Draw distinct negatives of one user.

        Args:
            row: the user's row in the training histories.
            num_negs: number of negatives; fewer if the user has fewer unwatched movies.
            rng: generator of the draws.

        Returns:
            int64 [at most num_negs], entityIds in random order.
        """
        watched = np.searchsorted(self.movies, np.unique(self._training.movies_of(row)))
        left = len(self.movies) - len(watched)
        ranks = rng.choice(left, min(num_negs, left), replace=False)
        # The unwatched movie of rank r is preceded by the watched movies that have at most r
        # unwatched movies before them.
        skipped = np.searchsorted(watched - np.arange(len(watched)), ranks, side="right")
        negatives: Integers = self.movies[ranks + skipped]
        return negatives
