"""Random: every user's movies in a shuffled order, the level below which nothing was learned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.baselines.base import Baseline, Integers, Interactions, Scores, Track


@dataclass(frozen=True)
class RandomConfig:
    """Nothing to set."""


class Random(Baseline[RandomConfig]):
    """score(u, m) is drawn uniformly from [0, 1); a user's draws depend on nobody else."""

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Note the number of movies."""
        self._num_movies = training.num_movies

    def score(self, users: Integers) -> Scores:
        """float32 [b, M]."""
        scores = np.empty((len(users), self._num_movies), np.float32)
        for row, user in zip(scores, users.tolist(), strict=True):
            np.random.default_rng((self.seed, user)).random(dtype=np.float32, out=row)
        return scores
