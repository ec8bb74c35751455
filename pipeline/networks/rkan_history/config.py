"""The configuration of an RKAN-history run."""

from __future__ import annotations

from model.rkan_history.config import HistoryConfig, ListTrainConfig, RKANHistoryConfig
from pipeline.enrichment.config import EnrichConfig
from pipeline.networks.run_config import RecommendConfig, RunConfig
from pipeline.paths.config import WeightedPathConfig

MEASURE = "log-likelihood"  # the validation score; mrr_sum@10 of few users is too noisy


class HistoryRunConfig(RunConfig):
    """All settings that determine the result of an RKAN-history run on a given graph."""

    recommend: RecommendConfig = RecommendConfig(max_explanation_paths=12)
    enrich: EnrichConfig = EnrichConfig()
    history: HistoryConfig = HistoryConfig()
    paths: WeightedPathConfig = WeightedPathConfig()
    model: RKANHistoryConfig = RKANHistoryConfig()
    train: ListTrainConfig = ListTrainConfig()
