"""The training pairs of an epoch, positives and fresh negatives, with their paths."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from model.rkan.pair_paths import PairPaths
from model.training.processes import own
from pipeline.content.histories import Histories
from pipeline.graph import Graph
from pipeline.networks.rkan.negatives import NegativeSampler
from pipeline.paths.config import PathConfig
from pipeline.paths.prefetch import prefetched
from pipeline.paths.stream import UserPairs, stream_pair_paths


class TrainingPairs:
    """Draws the epochs of one training phase, each determined by the seed and its number alone.

    ``training`` may be a part of the graph's histories; the rest is then on no path.
    """

    def __init__(
        self,
        graph: Graph,
        training: Histories,
        config: PathConfig,
        *,
        num_negs_per_pos: int,
        seed: tuple[int, ...],
    ) -> None:
        self._graph = graph
        self._training = training
        self._negatives = NegativeSampler(training)
        self._config = config
        self._num_negs = num_negs_per_pos
        self._seed = seed
        self._via_bounds = training.bounds() if config.through_users else {}

    @property
    def expected(self) -> int:
        """The number of pairs of an epoch, or somewhat more if users watched most movies."""
        return len(self._training.movies) * (1 + self._num_negs)

    @contextmanager
    def stream(self, epoch: int) -> Iterator[Iterator[PairPaths]]:
        """Open the pairs of an epoch with their paths, read ahead while the caller trains."""
        seed = (*self._seed, epoch)
        paths = stream_pair_paths(
            self._graph, self.pairs(epoch), self._config, seed=seed, via_bounds=self._via_bounds
        )
        with prefetched(paths) as chunks:
            yield chunks

    def pairs(self, epoch: int) -> Iterator[UserPairs]:
        """Yield each user's positives and negatives, users in random order.

        With several processes, yield those of this one's users.
        """
        training = self._training
        order = np.random.default_rng((*self._seed, epoch)).permutation(len(training))
        for row in own(order).tolist():
            positives = training.movies_of(row)
            if not len(positives):
                continue
            user = int(training.user_entities[row])
            rng = np.random.default_rng((*self._seed, epoch, user))
            negatives = self._negatives.sample(row, self._num_negs * len(positives), rng)
            labels = np.zeros(len(positives) + len(negatives), dtype=np.float32)
            labels[: len(positives)] = 1
            movies = np.concatenate([positives, negatives]).astype(np.int64)
            start, end = training.bounds_of(row)
            yield UserPairs(user, movies, labels, end, start)
