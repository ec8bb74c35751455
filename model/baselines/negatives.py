"""Movies that a user has not watched, drawn evenly, and the minibatches that need them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from model.baselines.base import Integers, Interactions

Batch = tuple[Tensor, Tensor, Tensor]


class Negatives:
    """Draws negatives without rejection: the r-th unwatched movie of a user, for an even r.

    The k-th watched movie s_k (ascending, k from 0) has s_k - k unwatched ones below it. So the
    r-th unwatched movie is r plus the number of k with s_k - k <= r: one binary search in the
    sorted keys (user, s_k - k) of all users.
    """

    def __init__(self, training: Interactions) -> None:
        self._offsets = training.offsets
        self._stride = training.num_movies + 1
        self._unwatched = training.num_movies - np.diff(training.offsets)
        watched = training.movies[np.lexsort((training.movies, training.users))]
        below = watched - (np.arange(len(watched)) - training.offsets[training.users])
        self._keys = training.users * self._stride + below

    def draw(self, users: Integers, num_negs: int, generator: np.random.Generator) -> Integers:
        """int64 [b, num_negs] for the users int64 [b].

        For a user who has watched every movie there is none: the result is then any movie.
        """
        repeated = np.repeat(users, num_negs)
        unwatched = self._unwatched[repeated]
        choices = np.where(unwatched > 0, unwatched, self._stride - 1)
        ranks = (generator.random(len(repeated)) * choices).astype(np.int64)
        keys = repeated * self._stride + ranks
        passed = np.searchsorted(self._keys, keys, side="right") - self._offsets[repeated]
        negatives = np.where(unwatched > 0, ranks + passed, ranks)
        return negatives.reshape(len(users), num_negs).astype(np.int64)

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
