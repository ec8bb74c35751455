"""Random: movies in random order, the level of a method that has learned nothing."""

from __future__ import annotations

import numpy as np

from model.arrays import Floats, Integers
from model.baselines.base import Baseline, Interactions, Track
from model.settings import Settings


class RandomConfig(Settings):
    """No settings."""


class Random(Baseline[RandomConfig]):
    """Random order: score(u, m) is drawn uniformly from [0, 1).

    A user's scores depend on the seed and the user only, not on the other users asked for.
    """

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Store the number of movies."""
        self._num_movies = training.num_movies

    def score(self, users: Integers) -> Floats:
        """Return the scores, float32 [b, M]."""
        scores = np.empty((len(users), self._num_movies), np.float32)
        for row, user in zip(scores, users.tolist(), strict=True):
            np.random.default_rng((self.seed, user)).random(dtype=np.float32, out=row)
        return scores
