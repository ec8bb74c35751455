"""Random cuts of histories: what came before each, and the movies that came next.

Letters: B histories of a step, T movies of the longest, C cuts in each, N = B C, W window.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from model.arrays import PADDING, Booleans, Integers, ranges
from model.rkan_history.config import HistoryConfig


class Cuts(NamedTuple):
    """The histories of one step, cut at random.

    Attributes:
        histories: int64 [B, T], newest first, then PADDING.
        places: int64 [B, C], see HistoryEncoder.encode.
        seen: int64 [2, S], (row of N, movie) for every movie watched before each cut.
        targets: int64 [N, W], any movie where the weight is 0.
        weights: float32 [N, W], 1 / W for each target, else 0.
    """

    histories: Tensor
    places: Tensor
    seen: Tensor
    targets: Tensor
    weights: Tensor

    def to(self, device: torch.device) -> Cuts:
        """Return the same on a device."""
        return Cuts(*(each.to(device) for each in self))


class HistoryCuts:
    """Divides the users into steps and cuts their histories.

    Attributes:
        users: int64, the users with at least two movies.
        steps: number of steps of an epoch.
    """

    def __init__(self, config: HistoryConfig, offsets: Integers, movies: Integers) -> None:
        """Take the histories as HistoryTrainer does."""
        self._config, self._offsets = config, offsets
        self._movies = np.append(movies, PADDING)
        self.users: Integers = np.flatnonzero(np.diff(offsets) > 1)
        self.steps = -(-len(self.users) // config.batch_size)

    def batches(self, generator: np.random.Generator) -> Iterator[Integers]:
        """Yield the users in random batches of similar history length, to limit padding."""
        size = self._config.batch_size
        lengths = np.minimum(np.diff(self._offsets)[self.users], self._config.stretch)
        order = np.argsort(lengths * generator.uniform(0.8, 1.25, len(lengths)))
        for step in generator.permutation(self.steps).tolist():
            yield self.users[order[step * size : (step + 1) * size]]

    def draw(self, users: Integers, generator: np.random.Generator) -> Cuts:
        """Cut the histories of these users, [B]."""
        config = self._config
        first, lengths = self._offsets[users][:, None], np.diff(self._offsets)[users][:, None]
        # a cut needs a movie before it and one after it
        sizes = np.minimum(lengths - 1, self._stretches(len(users), generator)[:, None])
        ends = generator.integers(sizes, lengths)  # movies before the newest possible cut
        back = np.arange(sizes.max())
        histories = self._at(first + ends - 1 - back, back < sizes)
        places = generator.integers(0, sizes, (len(users), config.cuts))
        # the movies watched before each cut, and those after it
        before = (ends - places).ravel()  # [N]
        starts, ends_of_all = (np.repeat(x, config.cuts) for x in (first, first + lengths))
        rows = np.repeat(np.arange(len(before)), before)
        seen = np.stack([rows, self._movies[ranges(starts, before)]])
        ahead = (starts + before)[:, None] + np.arange(config.window)  # [N, W]
        valid = ahead < ends_of_all[:, None]
        targets = np.maximum(self._at(ahead, valid), 0)
        weights = (valid / config.window).astype(np.float32)
        return Cuts(*map(torch.from_numpy, (histories, places, seen, targets, weights)))

    def _stretches(self, count: int, generator: np.random.Generator) -> Integers:
        """Draw the maximum number of movies of each history in a step, int64 [count]."""
        config = self._config
        short = np.exp(generator.uniform(0, math.log(config.short_stretch + 1), count))
        chosen = generator.random(count) < config.short
        return np.where(chosen, short.astype(np.int64), config.stretch)

    def _at(self, places: Integers, valid: Booleans) -> Integers:
        """Return the movies at these places of all histories, PADDING where not valid."""
        return self._movies[np.where(valid, places, len(self._movies) - 1)]
