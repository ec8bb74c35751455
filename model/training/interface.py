"""The interfaces between networks and trainers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol, TypeVar

import numpy as np
import torch

from model.checkpoint import Weights


class TrainerSettings(Protocol):
    """The settings that Trainer itself reads; a network may have more."""

    @property
    def batch_size(self) -> int: ...  # noqa: D102
    @property
    def rate_decay(self) -> float: ...  # noqa: D102
    @property
    def average_decay(self) -> float: ...  # noqa: D102
    @property
    def patience(self) -> int: ...  # noqa: D102
    @property
    def seed(self) -> int: ...  # noqa: D102


class Batch(Protocol):
    """The tensors of one step."""

    @property
    def examples(self) -> int:
        """The number of examples that the loss averages over."""

    @property
    def pairs(self) -> int:
        """The number of user-movie pairs."""

    @property
    def pairs_without_paths(self) -> int:
        """The number of pairs without a path."""


Chunk = TypeVar("Chunk", contravariant=True)
Step = TypeVar("Step", bound=Batch)
Config = TypeVar("Config", bound=TrainerSettings, contravariant=True)


class Trainable(Protocol[Chunk, Step, Config]):
    """A torch.nn.Module that defines its own training."""

    def parameter_groups(self, config: Config) -> list[dict[str, Any]]:
        """Return the weights to train, with their learning rates, as an optimiser's groups."""

    def batches(
        self, chunks: Iterable[Chunk], size: int, rng: np.random.Generator
    ) -> Iterator[Step]:
        """Yield the batches of an epoch, ``size`` examples each, shuffled by ``rng``."""

    def loss(self, batch: Step, config: Config) -> torch.Tensor:
        """Return the loss of one step, a mean over its examples."""

    def parameters(self) -> Iterator[torch.nn.Parameter]: ...  # noqa: D102
    def train(self) -> Any: ...  # noqa: D102
    def state_dict(self) -> Weights: ...  # noqa: D102
    def to(self, device: torch.device) -> Any: ...  # noqa: D102


class EpochTrainer(Protocol):
    """A trainer that can be saved after any epoch and resumed by another."""

    @property
    def epoch(self) -> int:
        """The number of finished epochs."""

    def state_dict(self) -> dict[str, Any]:
        """Return all state except the network's weights and the records."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Resume another trainer's state."""
