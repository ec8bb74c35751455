"""Training of the history encoder to predict the movies after random cuts of a history.

Letters: B histories of a step, T movies of the longest, C cuts in each, N = B C, W window.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from model.arrays import PADDING, Booleans, Integers
from model.beside import both
from model.rkan_history.encoder import HistoryEncoder
from model.training.adam import Adam
from model.training.divergence import DivergedError
from model.training.processes import average_gradients, own, rank

_LAST_RATE = 0.1  # the learning rate at the end, as a share of that at the start


class _Batch(NamedTuple):
    """The histories of one step.

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


class HistoryTrainer:
    """Trains a history encoder with Adam on the cross-entropy of the next movies.

    Several processes can train together (model/training/processes.py), each on a part of every
    step's histories.

    The softmax is over the movies that anyone watched, except those that the user watched before.
    Every target counts the same: a cut with few movies after it, as in the history of a new user,
    counts for less than one with a full window.

    The seed and the epoch's number determine all draws of an epoch. A trainer that loads the
    ``state_dict`` of another, and its network's weights, continues with the same result, bit for
    bit.

    Attributes:
        network: the encoder, trained in place on its device.
        epochs: total number of epochs, over which the learning rate falls to a tenth.
        epoch: number of finished epochs.
    """

    def __init__(
        self,
        network: HistoryEncoder,
        offsets: Integers,
        movies: Integers,
        *,
        seed: int,
        epochs: int,
    ) -> None:
        """Draw the network's initial weights.

        Args:
            network: encoder with its attributes set, if it uses them.
            offsets: int64 [U + 1]; user u's movies are movies[offsets[u]:offsets[u + 1]].
            movies: int64, oldest first.
            seed: seed of the initial weights, cuts, batches and dropout.
            epochs: total number of epochs.
        """
        self.network, self.offsets, self.seed = network, offsets, seed
        self.epochs, self.epoch = epochs, 0
        self._movies = np.append(movies, PADDING)
        network.reset_parameters(torch.Generator().manual_seed(seed))
        popularity = np.bincount(movies, minlength=len(network.bias))
        network.set_popularity(popularity)
        self._unwatched = torch.from_numpy(popularity == 0).to(network.bias.device)
        self._users = np.flatnonzero(np.diff(offsets) > 1)
        self._steps = -(-len(self._users) // network.config.batch_size)
        self._optimiser = Adam(network.parameters(), lr=network.config.learning_rate)

    def state_dict(self) -> dict[str, Any]:
        """Return the state that a trainer of the same histories, seed and epochs can resume."""
        return {"epoch": self.epoch, "optimiser": self._optimiser.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Resume another trainer's state; the network's weights are loaded separately."""
        self.epoch = int(state["epoch"])
        self._optimiser.load_state_dict(state["optimiser"])

    def run_epoch(self, advance: Callable[[int], None] = lambda _: None) -> float:
        """Train one pass over the users and return the mean loss.

        ``advance`` is called with the number of histories of each step.

        Raises:
            DivergedError: the loss is NaN or infinite.
        """
        generator = np.random.default_rng((self.seed, self.epoch))
        draws = generator if not rank() else np.random.default_rng((self.seed, self.epoch, rank()))
        self.network.train()
        total = 0.0
        device = self.network.bias.device
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(int(generator.integers(2**62)) + rank())
            for step, users in enumerate(self._batches(generator)):
                done = (self.epoch * self._steps + step) / (self.epochs * self._steps)
                mine = own(users)
                batch = self._batch(mine, draws) if len(mine) else None
                total += self._step(batch, len(mine), done) * len(users)
                advance(len(users))
        self.network.eval()
        self.epoch += 1
        return total / max(1, len(self._users))

    def _step(self, batch: _Batch | None, users: int, done: float) -> float:
        """Take a step and return the mean loss of the users of all processes."""
        config = self.network.config
        for group in self._optimiser.param_groups:
            group["lr"] = config.learning_rate * (1 - (1 - _LAST_RATE) * done)
        self._optimiser.zero_grad()
        value = 0.0
        if batch is not None:
            value = self._backward(_Batch(*(part.to(self.network.bias.device) for part in batch)))
        value, _ = average_gradients(self.network.parameters(), value, users)
        if not math.isfinite(value):
            raise DivergedError(f"the loss is NaN or infinite in epoch {self.epoch + 1}")
        self._optimiser.step()
        return value

    def _backward(self, batch: _Batch) -> float:
        """Compute the gradients, unless the loss is NaN or infinite, and return the loss.

        The two kinds of vectors have parameters of their own, so two threads share the work on
        them, which is much of a step.
        """
        network, config = self.network, self.network.config
        kept = None
        if config.attributes and config.identity_dropout:
            draws = torch.rand(len(network.bias), 1, device=network.bias.device)
            kept = (draws >= config.identity_dropout).float()
        vectors = both(partial(network.source_vectors, kept), partial(network.movie_vectors, kept))
        sources, movies = (each.detach().requires_grad_() for each in vectors)
        loss = self._loss(batch, sources, movies)
        value = float(loss.item())
        if math.isfinite(value):
            loss.backward()  # type: ignore[no-untyped-call]
            both(
                partial(vectors[0].backward, sources.grad),
                partial(vectors[1].backward, movies.grad),
            )
        return value

    def _loss(self, batch: _Batch, sources: Tensor, movies: Tensor) -> Tensor:
        """Return the loss for the vectors [M, D] of movies in histories and of those to predict."""
        network = self.network
        users = network.encode(batch.histories, batch.places, sources)
        scores = network.scores(users.flatten(0, 1), movies)  # [N, M]
        scores = scores.masked_fill(self._unwatched, -1e9)
        scores = scores.index_put((batch.seen[0], batch.seen[1]), scores.new_tensor(-1e9))
        shares = scores.log_softmax(1).gather(1, batch.targets)
        return -(shares * batch.weights).sum() / len(scores)

    def _batches(self, generator: np.random.Generator) -> Iterator[Integers]:
        """Yield the users in random batches of similar history length, to limit padding."""
        size = self.network.config.batch_size
        lengths = np.minimum(np.diff(self.offsets)[self._users], self.network.config.stretch)
        order = np.argsort(lengths * generator.uniform(0.8, 1.25, len(lengths)))
        for step in generator.permutation(self._steps).tolist():
            yield self._users[order[step * size : (step + 1) * size]]

    def _batch(self, users: Integers, generator: np.random.Generator) -> _Batch:
        config = self.network.config
        first, lengths = self.offsets[users][:, None], np.diff(self.offsets)[users][:, None]
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
        within = np.arange(len(rows)) - np.repeat(np.cumsum(before) - before, before)
        seen = np.stack([rows, self._movies[starts[rows] + within]])
        ahead = (starts + before)[:, None] + np.arange(config.window)  # [N, W]
        valid = ahead < ends_of_all[:, None]
        targets = np.maximum(self._at(ahead, valid), 0)
        weights = (valid / config.window).astype(np.float32)
        return _Batch(*map(torch.from_numpy, (histories, places, seen, targets, weights)))

    def _stretches(self, count: int, generator: np.random.Generator) -> Integers:
        """Draw the maximum number of movies of each history in a step, int64 [count]."""
        config = self.network.config
        short = np.exp(generator.uniform(0, math.log(config.short_stretch + 1), count))
        chosen = generator.random(count) < config.short
        return np.where(chosen, short.astype(np.int64), config.stretch)

    def _at(self, places: Integers, valid: Booleans) -> Integers:
        """Return the movies at these places of all histories, PADDING where not valid."""
        return self._movies[np.where(valid, places, len(self._movies) - 1)]


def fit_history(
    network: HistoryEncoder,
    offsets: Integers,
    movies: Integers,
    *,
    seed: int,
    epochs: int | None = None,
    after_epoch: Callable[[int, float], None] = lambda *_: None,
    advance: Callable[[int], None] = lambda _: None,
) -> None:
    """Train ``network`` from new initial weights; for training that can resume, use HistoryTrainer.

    Args:
        network: encoder with its attributes set, if it uses them.
        offsets: int64 [U + 1]; user u's movies are movies[offsets[u]:offsets[u + 1]].
        movies: int64, oldest first.
        seed: seed of all draws; the same seed gives the same network on the CPU.
        epochs: number of epochs; None for that of the network's configuration.
        after_epoch: called with the epoch, from 1 on, and its mean loss.
        advance: called with the number of histories of each step.

    Raises:
        DivergedError: the loss is NaN or infinite.
    """
    epochs = network.config.epochs if epochs is None else epochs
    trainer = HistoryTrainer(network, offsets, movies, seed=seed, epochs=epochs)
    while trainer.epoch < epochs:
        after_epoch(trainer.epoch + 1, trainer.run_epoch(advance))
