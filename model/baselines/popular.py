"""Most popular: the movies that most users watched, the same for everyone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.baselines.base import Baseline, Integers, Interactions, Scores, Track


@dataclass(frozen=True)
class PopularConfig:
    """Nothing to set."""


class Popular(Baseline[PopularConfig]):
    """score(u, m) = number of users who watched m in training."""

    uses_seed = False

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Count."""
        self._counts = training.popularity.astype(np.float32)

    def score(self, users: Integers) -> Scores:
        """float32 [b, M]."""
        return np.broadcast_to(self._counts, (len(users), len(self._counts)))
