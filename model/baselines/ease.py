"""EASE: the closed-form linear item-to-item model; with decay, a history's newest counts most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from model.baselines.base import Baseline, Floats, Integers, Interactions, Scores, Track, tuned


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


def item_weights(matrix: csr_array, l2: float) -> Floats:
    """B of EASE, float64 [M, M], zero diagonal: B = I - P diag(1 / diag(P)) with
    P = (X^T X + l2 I)^-1 (Steck 2019, eq. 8).

    Args:
        matrix: X, users by movies [U, M].
        l2: lambda, more than 0.
    """
    gram = (matrix.T @ matrix).toarray()
    gram[np.diag_indices_from(gram)] += l2
    inverse = np.linalg.inv(gram)
    weights: Floats = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return weights


class EASE(Baseline[EASEConfig]):
    """Embarrassingly Shallow Autoencoder: score = X B (Steck, WWW 2019, eq. 1 and 8)."""

    uses_seed = False

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Solve for B."""
        self._histories = training.matrix()
        self._weights = item_weights(training.matrix(), self.config.l2)

    def score(self, users: Integers) -> Scores:
        """float32 [b, M]."""
        return np.asarray(self._histories[users] @ self._weights, dtype=np.float32)


class RecentEASE(Baseline[RecentEASEConfig]):
    """EASE with B as it is (Steck 2019), applied to histories weighted by decay ** age (ours)."""

    uses_seed = False

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Solve for B."""
        self._histories = training.matrix(self.config.decay)
        self._weights = item_weights(training.matrix(), self.config.l2)

    def score(self, users: Integers) -> Scores:
        """float32 [b, M]."""
        return np.asarray(self._histories[users] @ self._weights, dtype=np.float32)
