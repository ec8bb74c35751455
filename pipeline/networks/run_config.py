"""The part of a run's configuration that all networks share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from model.settings import Count, Settings


class RecommendConfig(Settings):
    """The recommendations that are written to the graph."""

    top_k: Count = 10
    """Movies per user."""
    max_explanation_paths: Annotated[int, Field(ge=1, le=10_000)] = 5
    """Paths kept with each recommendation, the first of an explanation."""
    new_items: Annotated[int, Field(ge=0, le=10_000)] = 10
    """Items that nobody has chosen yet and that are ranked with a user's other candidates, in a
    graph that pipeline split has prepared; 0 for none."""


class RunConfig(Settings):
    """All settings that determine the result of a run on a given graph.

    The configuration of a network adds its own sections. They must include ``model.name``, the name
    of the network, and ``train.seed``.
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
        """Return the settings that determine the weights, as plain values."""
        return decisive(self.model_dump())


def decisive(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sections of plain settings that determine the weights: all but "recommend"."""
    return {name: section for name, section in settings.items() if name != "recommend"}
