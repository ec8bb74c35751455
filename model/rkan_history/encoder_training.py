"""Training of the history encoder to predict the movies after random cuts of a history.

Letters: U users, N cuts of a step, M movies, D embedding size.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.arrays import Doubles, Integers
from model.beside import both
from model.rkan_history.cuts import Cuts, HistoryCuts
from model.rkan_history.encoder import HistoryEncoder
from model.rkan_history.sampled_softmax import (
    NEVER,
    MovieSampler,
    is_sampled,
    number_movies,
    sampled_loss,
)
from model.training.adam import Adam
from model.training.divergence import DivergedError
from model.training.processes import average_gradients, own, rank

_LAST_RATE = 0.1  # the learning rate at the end, as a share of that at the start


class HistoryTrainer:
    """Trains a history encoder with Adam on the cross-entropy of the next movies.

    Several processes can train together (model/training/processes.py), each on a part of every
    step's histories.

    The softmax is over the movies that anyone watched, except those that the user watched before.
    Where these are more than twice ``config.negatives``, it is over a sample of them. A step then
    updates only the embeddings of the sample, of the histories and of the targets, so its time
    does not grow with the number of movies.

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
        self._cuts = HistoryCuts(network.config, offsets, movies)
        network.reset_parameters(torch.Generator().manual_seed(seed))
        popularity = np.bincount(movies, minlength=len(network.bias))
        network.set_popularity(popularity)
        self._unwatched = torch.from_numpy(popularity == 0).to(network.bias.device)
        self._sampler: MovieSampler | None = None
        if is_sampled(network.config, int(np.count_nonzero(popularity))):
            self._sampler = MovieSampler(popularity, network.config.negatives)
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
            for step, users in enumerate(self._cuts.batches(generator)):
                done = (self.epoch * self._cuts.steps + step) / (self.epochs * self._cuts.steps)
                mine = own(users)
                total += self._step(mine, draws, done) * len(users)
                advance(len(users))
        self.network.eval()
        self.epoch += 1
        return total / max(1, len(self._cuts.users))

    def _step(self, users: Integers, draws: np.random.Generator, done: float) -> float:
        """Take a step and return the mean loss of the users of all processes."""
        network = self.network
        for group in self._optimiser.param_groups:
            group["lr"] = network.config.learning_rate * (1 - (1 - _LAST_RATE) * done)
        self._optimiser.zero_grad()
        value = 0.0
        if len(users):
            cuts = self._cuts.draw(users, draws)
            sample = self._sampler.draw(draws) if self._sampler else None
            value = self._sampled(cuts, *sample) if sample else self._whole(cuts)
        sparse = network.tables() if self._sampler else []
        value, _ = average_gradients(network.parameters(), value, len(users), sparse)
        if not math.isfinite(value):
            raise DivergedError(f"the loss is NaN or infinite in epoch {self.epoch + 1}")
        self._optimiser.step()
        return value

    def _kept(self) -> Tensor | None:
        """Draw which movies keep their own embeddings, [M, 1]; None if all of them do."""
        network, config = self.network, self.network.config
        if not config.attributes or not config.identity_dropout:
            return None
        draws = torch.rand(len(network.bias), 1, device=network.bias.device)
        return (draws >= config.identity_dropout).float()

    def _sampled(self, cuts: Cuts, movies: Integers, log_counts: Doubles) -> float:
        """Do what _whole does, with the softmax over a sample of the movies (MovieSampler.draw)."""
        network = self.network
        sampled = number_movies(cuts, movies, log_counts, len(network.bias))
        loss = sampled_loss(network, sampled.to(network.bias.device), self._kept())
        value = float(loss.item())
        if math.isfinite(value):
            loss.backward()  # type: ignore[no-untyped-call]
            for table in network.tables():
                table.grad = _ordered(table.grad)
        return value

    def _whole(self, cuts: Cuts) -> float:
        """Compute the gradients, unless the loss is NaN or infinite, and return the loss.

        The two kinds of vectors have parameters of their own, so two threads share the work on
        them, which is much of a step.
        """
        network, kept = self.network, self._kept()
        vectors = both(partial(network.source_vectors, kept), partial(network.movie_vectors, kept))
        sources, movies = (each.detach().requires_grad_() for each in vectors)
        loss = self._loss(cuts.to(network.bias.device), sources, movies)
        value = float(loss.item())
        if math.isfinite(value):
            loss.backward()  # type: ignore[no-untyped-call]
            both(
                partial(vectors[0].backward, sources.grad),
                partial(vectors[1].backward, movies.grad),
            )
        return value

    def _loss(self, cuts: Cuts, sources: Tensor, movies: Tensor) -> Tensor:
        """Return the loss for the vectors [M, D] of movies in histories and of those to predict."""
        network = self.network
        users = network.encode(cuts.histories, cuts.places, sources)
        scores = network.scores(users.flatten(0, 1), movies)  # [N, M]
        scores = scores.masked_fill(self._unwatched, NEVER)
        scores = scores.index_put((cuts.seen[0], cuts.seen[1]), scores.new_tensor(NEVER))
        shares = scores.log_softmax(1).gather(1, cuts.targets)
        return -(shares * cuts.weights).sum() / len(scores)


def _ordered(gradient: Tensor | None) -> Tensor | None:
    """Tell PyTorch that a sparse gradient has every row once, in ascending order."""
    if gradient is None:
        return None
    return torch.sparse_coo_tensor(
        gradient._indices(),
        gradient._values(),
        gradient.shape,
        is_coalesced=True,
        check_invariants=False,
    )


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
