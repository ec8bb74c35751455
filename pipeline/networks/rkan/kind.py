"""RKAN as a network of the registry, and its predecessor RKGE, with pooling for attention."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from pipeline.networks.interface import Recommender, RunContext, SettingStudy, Variant
from pipeline.networks.rkan.config import MEASURE, RKANRunConfig
from pipeline.networks.run_config import RunConfig

if TYPE_CHECKING:
    from model.checkpoint import TrainingState
    from pipeline.graph import Graph

INNER_PRODUCT, CLOSENESS = "inner product", "closeness"
_RKGE, _RKAN = "Sun et al., RecSys 2018", "Cheng, Liu, Lu, Tang"
_MAX, _MEAN = {"model.aggregation": "max"}, {"model.aggregation": "mean"}
_RANKED = ("rkan", "rkan-closeness")


class RKANKind:
    """See pipeline.networks.interface.NetworkKind."""

    name = "rkan"
    title = "RKAN"
    summary = (
        "The paper's network. It finds the best number of epochs with the last part of each "
        "history, then trains on all of it."
    )
    config: type[RunConfig] = RKANRunConfig
    new_users = False
    measure = MEASURE
    rates = ("train.learning_rate", "train.embedding_learning_rate", "pretrain.scale")
    rankings = (INNER_PRODUCT, CLOSENESS)
    variants: Mapping[str, Variant] = {
        "rkge-max": Variant("RKGE, max pooling", _RKGE, INNER_PRODUCT, _MAX, usual=True),
        "rkge-mean": Variant("RKGE, average pooling", _RKGE, INNER_PRODUCT, _MEAN, usual=True),
        "rkan": Variant("RKAN", _RKAN, INNER_PRODUCT, usual=True),
        "rkge-max-closeness": Variant("RKGE, max, by closeness", _RKGE, CLOSENESS, _MAX),
        "rkge-mean-closeness": Variant("RKGE, average, by closeness", _RKGE, CLOSENESS, _MEAN),
        "rkan-closeness": Variant("RKAN, by closeness", _RKAN, CLOSENESS),
    }
    studies: Mapping[str, SettingStudy] = {
        "path-length": SettingStudy(
            name="path length",
            parameter="L, most relationships of a path",
            key="paths.max_hops",
            values=(3, 5, 7),
            variants=_RANKED,
            note="The paper's Figure 2, which prints no numbers: accuracy falls as L grows.",
        ),
        "negatives": SettingStudy(
            name="negative sets",
            parameter="negatives per positive",
            key="train.num_negs_per_pos",
            values=(1, 2, 4),
            variants=_RANKED,
            note="Each set has one negative for each positive, drawn anew in each epoch.",
        ),
    }

    def title_of(self, config: RunConfig) -> str:
        """Return "RKAN", or with pooling "RKGE (max)" or "RKGE (mean)"."""
        aggregation = config.value("model.aggregation")
        return self.title if aggregation == "attention" else f"RKGE ({aggregation})"

    def settle(self, graph: Graph, config: RunConfig) -> RunConfig:
        """Return ``config``: nothing in it depends on the graph."""
        return config

    def train(
        self, context: RunContext, config: RunConfig, saved: TrainingState | None
    ) -> TrainingState:
        """Train in two phases; see pipeline.networks.rkan.training."""
        from pipeline.networks.rkan.training import RKANTraining

        return RKANTraining(context, cast(RKANRunConfig, config), saved).run()

    def load(
        self,
        context: RunContext,
        config: RunConfig,
        state: TrainingState,
        ranking: str | None = None,
    ) -> Recommender:
        """Return the recommender, which ranks by inner product unless ``ranking`` is closeness."""
        from pipeline.networks.rkan.recommender import RKANRecommender

        by_closeness = ranking == CLOSENESS
        return RKANRecommender(context, cast(RKANRunConfig, config), state, by_closeness)
