"""Most popular: the movies with the most users, in the same order for every user."""

from __future__ import annotations

import numpy as np

from model.arrays import Floats, Integers
from model.baselines.base import Baseline, Interactions, Track
from model.settings import Settings


class PopularConfig(Settings):
    """No settings."""


class Popular(Baseline[PopularConfig]):
    """Ranking by popularity: score(u, m) is the number of users who watched m in training."""

    uses_seed = False

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Count the users of each movie."""
        self._counts = training.popularity.astype(np.float32)

    def score(self, users: Integers) -> Floats:
        """Return the scores, float32 [b, M]."""
        return np.broadcast_to(self._counts, (len(users), len(self._counts)))
