"""EASE: a linear item-to-item model in closed form, plain and with weights by recency."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from model.arrays import Floats, Integers
from model.baselines.base import Baseline, Interactions, Track
from model.item_weights import ridge_weights
from model.settings import Positive, Rate, Search, Settings


class EASEConfig(Settings):
    """Plain EASE."""

    l2: Annotated[Positive, Search(5.0, 5000.0, log=True)] = 93.3
    """Ridge penalty, lambda."""


class RecentEASEConfig(Settings):
    """EASE with weights by recency."""

    l2: Annotated[Positive, Search(5.0, 5000.0, log=True)] = 895.0
    """Ridge penalty, lambda."""
    decay: Annotated[Rate, Search(0.6, 1.0)] = 0.836
    """Factor on an interaction's weight per step back in the history; used for scoring only."""


class EASE(Baseline[EASEConfig]):
    """Embarrassingly Shallow Autoencoder: score = X B (Steck, WWW 2019, eq. 1 and 8)."""

    uses_seed = False

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Compute B."""
        self._histories = training.matrix()
        self._weights = ridge_weights(training.matrix(), self.config.l2)

    def score(self, users: Integers) -> Floats:
        """Return the scores, float32 [b, M]."""
        return np.asarray(self._histories[users] @ self._weights, dtype=np.float32)


class RecentEASE(Baseline[RecentEASEConfig]):
    """EASE (Steck, WWW 2019) with its B applied to histories weighted by decay ** age.

    The weights by age are our addition.
    """

    uses_seed = False

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Compute B."""
        self._histories = training.matrix(self.config.decay)
        self._weights = ridge_weights(training.matrix(), self.config.l2)

    def score(self, users: Integers) -> Floats:
        """Return the scores, float32 [b, M]."""
        return np.asarray(self._histories[users] @ self._weights, dtype=np.float32)
