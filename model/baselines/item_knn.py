"""Item-kNN: movies that the same users watched, by cosine similarity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.baselines.base import Baseline, Integers, Interactions, Scores, Track, tuned
from model.item_weights import cosines, nearest


@dataclass(frozen=True)
class ItemKNNConfig:
    """Item-to-item nearest neighbours.

    Attributes:
        neighbours: k, the most similar movies that each movie votes for.
        shrinkage: added to the cosine's denominator, so that pairs which few users share count
            less; in users.
    """

    neighbours: int = tuned(186, 5, 1000, log=True)
    shrinkage: float = tuned(0.638, 0.5, 500.0, log=True)


class ItemKNN(Baseline[ItemKNNConfig]):
    """score(u, m) = sum of the similarities of u's movies to m, where m is among the k nearest of
    the movie (Deshpande and Karypis, TOIS 2004, section 4.1, with the cosine of Sarwar et al., WWW
    2001, section 3.1.1).

    Departure: the cosine's denominator is shrunk, after Bell and Koren (ICDM 2007); without it,
    pairs seen once or twice come first.
    """

    uses_seed = False

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Find the neighbours."""
        self._histories = training.matrix()
        similarity = cosines(self._histories, self.config.shrinkage)
        self._weights = nearest(similarity, self.config.neighbours)

    def score(self, users: Integers) -> Scores:
        """float32 [b, M]."""
        return np.asarray((self._histories[users] @ self._weights).toarray(), dtype=np.float32)
