"""Training of a network, with early stopping by the validation score."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Generic

import numpy as np
import torch

from model.checkpoint import Weights, on_cpu
from model.training.divergence import DivergedError
from model.training.interface import Chunk, Config, Step, Trainable
from model.training.processes import (
    agreed,
    average_gradients,
    in_step,
    own_batch_size,
    rank,
    summed,
)
from model.training.weight_average import WeightAverage

_SEED_STRIDE = 2**20  # more than the epochs of a run, so that seeds of two runs differ
_RANK_STRIDE = 2**50  # so that processes draw differently


@dataclass(frozen=True)
class EpochRecord:
    """The record of one epoch.

    Attributes:
        epoch: number of the epoch, from 1; 0 is the state before training.
        loss: mean of the network's ``loss`` over the epoch; None for epoch 0.
        validation: result of ``validate`` after the epoch, higher is better; None without it.
        seconds: wall time, including validation.
        pairs: number of training pairs.
        pairs_without_paths: number of these pairs without a path.
    """

    epoch: int
    loss: float | None
    validation: float | None
    seconds: float
    pairs: int
    pairs_without_paths: int


class Trainer(Generic[Chunk, Step, Config]):
    """Trains a network with Adam on the network's own batches and loss.

    Several processes can train together (model/training/processes.py), each on its own stream.

    All state is in the network, ``state_dict``, ``records`` and ``best``. A trainer that is given
    those of another continues exactly as the other would have.

    Attributes:
        network: the network, trained in place.
        optimiser: Adam.
        average: moving average of the weights over the steps, if the settings ask for one; then
            the average is validated and stored in ``best``.
        records: the records of the epochs so far.
        best: the weights after the best epoch so far, without validation after the last one; empty
            where they are the network's own.
    """

    def __init__(
        self,
        network: Trainable[Chunk, Step, Config],
        config: Config,
        device: torch.device,
        *,
        start_counts: bool = False,
    ) -> None:
        """Prepare the optimiser.

        Args:
            network: the network to train.
            config: settings of the optimisation.
            device: device that the network is moved to.
            start_counts: True if the state before training is a trained one, whose weights may turn
                out to be the best.
        """
        network.to(device)
        self._first = 0 if start_counts else 1
        self.network, self.config = network, config
        groups = network.parameter_groups(config)
        self._rates = [group["lr"] for group in groups]
        self.optimiser = torch.optim.Adam(groups)
        self.average: WeightAverage | None = None
        if config.average_decay:
            weights = [weight for group in groups for weight in group["params"]]
            self.average = WeightAverage(weights, config.average_decay)
        self.records: list[EpochRecord] = []
        self.best: Weights = {}

    def state_dict(self) -> dict[str, Any]:
        """Return the state of the optimiser and of the weights' average."""
        average = self.average.state_dict() if self.average else {}
        return {"optimiser": self.optimiser.state_dict(), "average": average}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Resume another trainer's state; weights, ``records`` and ``best`` are set separately."""
        self.optimiser.load_state_dict(state["optimiser"])
        if self.average:
            self.average.load_state_dict(state["average"])

    @property
    def epoch(self) -> int:
        """The number of finished epochs."""
        return sum(record.epoch > 0 for record in self.records)

    @property
    def best_epoch(self) -> int:
        """The epoch with the best validation score, or the last one without validation.

        Epoch 0 counts only with ``start_counts``: in a new network, the ranking before training may
        be good, but closeness and attention are noise.
        """
        scores = {
            record.epoch: record.validation
            for record in self.records
            if record.epoch >= self._first and record.validation is not None
        }
        return max(scores, key=scores.__getitem__) if scores else self.epoch

    @property
    def out_of_patience(self) -> bool:
        """True if the last ``patience`` epochs brought no better validation score."""
        return self.epoch - self.best_epoch >= self.config.patience

    def fit(
        self,
        epochs: int,
        stream: Callable[[int], AbstractContextManager[Iterable[Chunk]]],
        validate: Callable[[], float] | None = None,
        after_epoch: Callable[[EpochRecord], None] = lambda _: None,
        advance: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Train up to ``epochs`` epochs in total, including those in ``records``.

        Args:
            epochs: last epoch; training stops before it if validation no longer improves.
            stream: function that opens the pairs and paths of an epoch, given its number; with
                several processes, those of this one.
            validate: function that returns the network's current score; higher is better.
            after_epoch: called with each finished epoch, including epoch 0 (validation before
                training), once ``records`` and ``best`` are up to date.
            advance: called with the number of examples of each step.

        Raises:
            DivergedError: the loss or a weight is NaN or infinite.
        """
        if validate and not self.records:
            self.records.append(EpochRecord(0, None, agreed(validate()), 0.0, 0, 0))
            if self._first == 0:
                self.best = on_cpu(self.network.state_dict())
            after_epoch(self.records[-1])
        while self.epoch < epochs and not self.out_of_patience:
            epoch = self.epoch + 1
            started = time.perf_counter()
            with stream(epoch) as chunks:
                loss, pairs, pathless = self._train_epoch(epoch, chunks, advance)
            with self.average.applied() if self.average else nullcontext():
                validation = agreed(validate()) if validate else None
                seconds = time.perf_counter() - started
                self.records.append(EpochRecord(epoch, loss, validation, seconds, pairs, pathless))
                if self.best_epoch == epoch and (validate or self.average):
                    self.best = on_cpu(self.network.state_dict())
            after_epoch(self.records[-1])

    def _train_epoch(
        self, epoch: int, chunks: Iterable[Chunk], advance: Callable[[int], None]
    ) -> tuple[float, int, int]:
        """Return the mean loss, the number of pairs and the number of pairs without a path."""
        self.network.train()
        for group, rate in zip(self.optimiser.param_groups, self._rates, strict=True):
            group["lr"] = rate * self.config.rate_decay ** (epoch - 1)
        rng = np.random.default_rng((self.config.seed, epoch))
        total, examples, pairs, pathless = 0.0, 0, 0, 0
        with self._seeded_dropout(epoch):
            size = own_batch_size(self.config.batch_size)
            for batch in in_step(self.network.batches(chunks, size, rng)):
                loss, count = self._step(batch, epoch)
                total += loss * count
                examples += count
                advance(count)
                if batch is not None:
                    pairs += batch.pairs
                    pathless += batch.pairs_without_paths
        if not all(bool(torch.isfinite(weight).all()) for weight in self.network.parameters()):
            raise DivergedError(f"a weight is NaN or infinite after epoch {epoch}")
        pairs, pathless = map(int, summed(pairs, pathless))
        return total / max(examples, 1), pairs, pathless

    @contextmanager
    def _seeded_dropout(self, epoch: int) -> Iterator[None]:
        """Seed dropout by the run's seed and the epoch's number, like all other draws."""
        device = next(self.network.parameters()).device
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed((self.config.seed * _SEED_STRIDE + epoch) + _RANK_STRIDE * rank())
            yield

    def _step(self, batch: Step | None, epoch: int) -> tuple[float, int]:
        """Take a step; return the mean loss and the number of its examples, of all processes."""
        self.optimiser.zero_grad()
        value, examples = 0.0, 0
        if batch is not None:
            loss = self.network.loss(batch, self.config)
            value, examples = float(loss.item()), batch.examples
            if math.isfinite(value):
                loss.backward()  # type: ignore[no-untyped-call]
        trained = (weight for group in self.optimiser.param_groups for weight in group["params"])
        value, examples = average_gradients(trained, value, examples)
        if not math.isfinite(value):
            raise DivergedError(f"the loss is NaN or infinite in epoch {epoch}")
        self.optimiser.step()
        if self.average:
            self.average.update()
        return value, examples
