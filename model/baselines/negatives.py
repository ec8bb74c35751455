"""Uniform sampling of movies that a user has not watched, and minibatches with such negatives."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from model.arrays import Integers
from model.baselines.base import Interactions

Batch = tuple[Tensor, Tensor, Tensor]


class Negatives:
    """Uniform sampler of negatives: movies that other users have watched and the user has not.

    A movie without any interaction is never a negative, because only its attributes are known.

    The sampler rejects no draws. Let the W watched movies be 0..W-1. Let s_k be the k-th movie that
    a user has watched, in ascending order with k from 0. Below s_k, there are s_k - k movies that
    the user has not watched. The user's r-th negative is thus r plus the number of k with
    s_k - k <= r. A binary search in the sorted pairs (user, s_k - k) finds that number.
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
        """Return negatives, int64 [b, num_negs], for the users int64 [b].

        A user who has watched all W movies has no negatives and gets any of the W movies.
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
        """Yield the minibatches of one epoch: all interactions, shuffled, with new negatives.

        Yields:
            Users int64 [b], the movies they watched int64 [b], negatives int64 [b, num_negs].
        """
        order = generator.permutation(len(training.users))
        for start in range(0, len(order), batch_size):
            chosen = order[start : start + batch_size]
            users, movies = training.users[chosen], training.movies[chosen]
            negatives = self.draw(users, num_negs, generator)
            yield torch.from_numpy(users), torch.from_numpy(movies), torch.from_numpy(negatives)
