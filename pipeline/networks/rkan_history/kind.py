"""RKAN-history as a network of the registry, with its ablations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from pipeline.networks.interface import Recommender, RunContext, SettingStudy, Variant
from pipeline.networks.rkan_history.config import MEASURE, HistoryRunConfig
from pipeline.networks.run_config import RunConfig

if TYPE_CHECKING:
    from model.checkpoint import TrainingState
    from pipeline.graph import Graph

PATHS, PROPOSALS = "paths", "proposals"
_OURS = "this project"
_NO_ATTRIBUTE_PATHS: dict[str, Any] = {"paths.makers": 0, "paths.actors": 0, "paths.genres": 0}
_NO_PATHS = _NO_ATTRIBUTE_PATHS | {
    "paths.watched_next": 0,
    "paths.similar": 0,
    "paths.users": 0,
    "paths.linked": 0,
    "paths.known": 0,
}


def _without(part: str, changes: Mapping[str, Any]) -> Variant:
    return Variant(f"without {part}", _OURS, PATHS, changes, ablation=True)


class RKANHistoryKind:
    """See pipeline.networks.interface.NetworkKind."""

    name = "rkan-history"
    title = "RKAN-history"
    summary = (
        "The most accurate network. It learns to propose movies from the early part of each "
        "history and to rank them by their paths from the rest, then learns to propose from all "
        "of it."
    )
    config: type[RunConfig] = HistoryRunConfig
    new_users = True
    measure = MEASURE
    rates = ("train.learning_rate", "train.slope_learning_rate", "history.learning_rate")
    rankings = (PATHS, PROPOSALS)
    variants: Mapping[str, Variant] = {
        "history-encoder": Variant(
            "RKAN-history's proposals alone", _OURS, PROPOSALS, ablation=True
        ),
        "rkan-history": Variant(title, _OURS, PATHS, usual=True, ablation=True),
        "no-sequences": _without("LSTM and attention", {"model.sequences": False}),
        "no-attention": _without("attention", {"model.aggregation": "none"}),
        "no-taste": _without("taste", {"model.taste": False}),
        "no-popularity": _without("popularity", {"model.popularity": False}),
        "no-watched-next": _without("WATCHED_NEXT", {"paths.watched_next": 0}),
        "no-similar": _without("SIMILAR", {"paths.similar": 0}),
        "no-users": _without("paths through users", {"paths.users": 0}),
        "no-attribute-paths": _without("attribute paths", _NO_ATTRIBUTE_PATHS),
        "no-attributes": _without(
            "any attributes", _NO_ATTRIBUTE_PATHS | {"history.attributes": False}
        ),
        "no-paths": _without("any paths", _NO_PATHS),
    }
    studies: Mapping[str, SettingStudy] = {}

    def title_of(self, config: RunConfig) -> str:
        """Return "RKAN-history"."""
        return self.title

    def settle(self, graph: Graph, config: RunConfig) -> RunConfig:
        """Return ``config`` with unset settings of derived relationships taken from the graph."""
        from pipeline.networks.rkan_history.derived import settled

        return settled(graph, cast(HistoryRunConfig, config))

    def train(
        self, context: RunContext, config: RunConfig, saved: TrainingState | None
    ) -> TrainingState:
        """Train in four phases; see pipeline.networks.rkan_history.training."""
        from pipeline.networks.rkan_history.training import HistoryTraining

        return HistoryTraining(context, cast(HistoryRunConfig, config), saved).run()

    def load(
        self,
        context: RunContext,
        config: RunConfig,
        state: TrainingState,
        ranking: str | None = None,
    ) -> Recommender:
        """Return the recommender, which ranks by paths unless ``ranking`` is proposals."""
        from pipeline.networks.rkan_history.recommender import (
            HistoryRecommender,
            ProposalRecommender,
        )

        recommender = HistoryRecommender(context, cast(HistoryRunConfig, config), state)
        return ProposalRecommender(recommender) if ranking == PROPOSALS else recommender
