"""A moving average of the weights over the steps of training, steadier than the last step's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

_WARM_UP = 10  # lowers the decay in early steps, so that the initial weights fade soon


class WeightAverage:
    """An exponential moving average of some weights.

    After step n, average = d * average + (1 - d) * weights with d = min(decay, n / (n + 10)).
    With decay 0 the average is the weights themselves.
    """

    def __init__(self, weights: Iterable[Tensor], decay: float) -> None:
        self.decay, self.steps = decay, 0
        self._weights = list(weights)
        self._average = [weight.detach().clone() for weight in self._weights]

    @torch.no_grad()
    def update(self) -> None:
        """Update the average with the weights after one more step."""
        self.steps += 1
        decay = min(self.decay, self.steps / (self.steps + _WARM_UP))
        for average, weight in zip(self._average, self._weights, strict=True):
            average.lerp_(weight, 1 - decay)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Replace the weights by their average within the block, and restore them after it."""
        own = [weight.detach().clone() for weight in self._weights]
        self._put(self._average)
        try:
            yield
        finally:
            self._put(own)

    def state_dict(self) -> dict[str, Any]:
        """Return the state that another average of such weights can resume."""
        return {"steps": self.steps, "average": [average.cpu() for average in self._average]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Resume another average's state."""
        self.steps = int(state["steps"])
        for average, saved in zip(self._average, state["average"], strict=True):
            average.copy_(saved)

    @torch.no_grad()
    def _put(self, values: list[Tensor]) -> None:
        for weight, value in zip(self._weights, values, strict=True):
            weight.copy_(value)
