"""The configuration of a run, as far as it is the same for every network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from model.settings import Count, Settings


class RecommendConfig(Settings):
    """The recommendations that are written back."""

    top_k: Count = 10
    """Movies per user."""
    max_explanation_paths: Annotated[int, Field(ge=1, le=10_000)] = 5
    """Paths kept with each recommendation, those with the most weight."""


class RunConfig(Settings):
    """Everything that decides the result of a run besides the graph.

    The configuration of a network adds sections of its own. Two settings must be among them:
    ``model.name``, the name of the network, and ``train.seed``.
    """

    recommend: RecommendConfig = RecommendConfig()

    @property
    def network(self) -> str:
        """The name of the network."""
        return str(self.value("model.name"))

    @property
    def seed(self) -> int:
        """The seed of training."""
        return int(self.value("train.seed"))

    def training(self) -> dict[str, Any]:
        """Return the settings that decide the weights, as plain values."""
        return decisive(self.model_dump())


def decisive(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sections of plain settings that decide a run's weights: all but "recommend"."""
    return {name: section for name, section in settings.items() if name != "recommend"}
