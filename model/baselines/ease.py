"""EASE: the closed-form linear item-to-item model; with decay, a history's newest counts most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.baselines.base import Baseline, Integers, Interactions, Scores, Track, tuned
from model.item_weights import ridge_weights


@dataclass(frozen=True)
class EASEConfig:
    """Plain EASE.

    Attributes:
        l2: lambda, the ridge penalty.
    """

    l2: float = tuned(93.3, 5.0, 5000.0, log=True)


@dataclass(frozen=True)
class RecentEASEConfig:
    """EASE whose histories fade.

    Attributes:
        l2: lambda, the ridge penalty.
        decay: weight of an interaction per step back in the user's history when scoring, in (0, 1].
    """

    l2: float = tuned(895.0, 5.0, 5000.0, log=True)
    decay: float = tuned(0.836, 0.6, 1.0)


class EASE(Baseline[EASEConfig]):
    """Embarrassingly Shallow Autoencoder: score = X B (Steck, WWW 2019, eq. 1 and 8)."""

    uses_seed = False

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Solve for B."""
        self._histories = training.matrix()
        self._weights = ridge_weights(training.matrix(), self.config.l2)

    def score(self, users: Integers) -> Scores:
        """float32 [b, M]."""
        return np.asarray(self._histories[users] @ self._weights, dtype=np.float32)


class RecentEASE(Baseline[RecentEASEConfig]):
    """EASE with B as it is (Steck 2019), applied to histories weighted by decay ** age (ours)."""

    uses_seed = False

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Solve for B."""
        self._histories = training.matrix(self.config.decay)
        self._weights = ridge_weights(training.matrix(), self.config.l2)

    def score(self, users: Integers) -> Scores:
        """float32 [b, M]."""
        return np.asarray(self._histories[users] @ self._weights, dtype=np.float32)
