"""Item-kNN: nearest neighbours of movies by the cosine similarity of their users."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from model.arrays import Floats, Integers
from model.baselines.base import Baseline, Interactions, Track
from model.item_weights import cosines, nearest
from model.settings import Count, Positive, Search, Settings


class ItemKNNConfig(Settings):
    """Item-to-item nearest neighbours."""

    neighbours: Annotated[Count, Search(5, 1000, log=True)] = 186
    """k, the number of most similar movies that each movie votes for."""
    shrinkage: Annotated[Positive, Search(0.5, 500.0, log=True)] = 0.638
    """Number of users added to the cosine's denominator; it lowers the similarity of movies with
    few common users."""


class ItemKNN(Baseline[ItemKNNConfig]):
    """Item-based top-N recommendation (Deshpande and Karypis, TOIS 2004, section 4.1), with the
    cosine of Sarwar et al. (WWW 2001, section 3.1.1).

    score(u, m) is the sum of the similarities to m of those movies of u that have m among their k
    nearest.

    Departure: the similarity is shrunk by a larger denominator (Bell and Koren, ICDM 2007). Without
    it, pairs with one or two common users rank first.
    """

    uses_seed = False

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Find the neighbours."""
        self._histories = training.matrix()
        similarity = cosines(self._histories, self.config.shrinkage)
        self._weights = nearest(similarity, self.config.neighbours)

    def score(self, users: Integers) -> Floats:
        """Return the scores, float32 [b, M]."""
        return np.asarray((self._histories[users] @ self._weights).toarray(), dtype=np.float32)
