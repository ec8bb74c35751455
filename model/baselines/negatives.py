"""Movies that a user has not watched, drawn evenly, and the minibatches that need them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from model.baselines.base import Integers, Interactions

Batch = tuple[Tensor, Tensor, Tensor]


class Negatives:
    """Draws from the movies that somebody else has watched, each with the same chance.

    A movie that nobody has watched is no negative: all that one knows of it are its attributes.

    There is no rejection. Let the W watched movies be 0..W-1. The k-th that a user has watched, s_k
    (ascending, k from 0), has s_k - k below it that the user has not. So the user's r-th negative
    is r plus the number of k with s_k - k <= r: a binary search among the sorted (user, s_k - k).
    """

    def __init__(self, training: Interactions) -> None:
        self._pool = np.flatnonzero(training.popularity)  # [W]
        self._offsets = training.offsets
        self._sizes = len(self._pool) - np.diff(training.offsets)
        self._stride = len(self._pool) + 1
        movies = np.searchsorted(self._pool, training.movies)
        movies = movies[np.lexsort((movies, training.users))]
        below = movies - (np.arange(len(movies)) - training.offsets[training.users])
        self._keys = training.users * self._stride + below

    def draw(self, users: Integers, num_negs: int, generator: np.random.Generator) -> Integers:
        """int64 [b, num_negs] for the users int64 [b].

        A user who has watched all W movies has no negatives, and gets any of them.
        """
        repeated = np.repeat(users, num_negs)
        sizes = self._sizes[repeated]
        some = sizes > 0
        limits = np.where(some, sizes, len(self._pool))
        ranks = (generator.random(len(repeated)) * limits).astype(np.int64)
        keys = repeated * self._stride + ranks
        passed = np.searchsorted(self._keys, keys, side="right") - self._offsets[repeated]
        drawn = self._pool[np.where(some, ranks + passed, ranks)]
        return drawn.reshape(len(users), num_negs).astype(np.int64)

    def batches(
        self,
        training: Interactions,
        batch_size: int,
        num_negs: int,
        generator: np.random.Generator,
    ) -> Iterator[Batch]:
        """One epoch: each interaction once, shuffled, with negatives drawn afresh.

        Yields:
            Users int64 [b], the movies they watched int64 [b], negatives int64 [b, num_negs].
        """
        order = generator.permutation(len(training.users))
        for start in range(0, len(order), batch_size):
            chosen = order[start : start + batch_size]
            users, movies = training.users[chosen], training.movies[chosen]
            negatives = self.draw(users, num_negs, generator)
            yield torch.from_numpy(users), torch.from_numpy(movies), torch.from_numpy(negatives)
