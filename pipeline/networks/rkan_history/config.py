"""The configuration of an RKAN-history run."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from model.rkan_history.config import HistoryConfig, ListTrainConfig, RKANHistoryConfig
from pipeline.enrichment.config import EnrichConfig
from pipeline.networks.run_config import RecommendConfig, RunConfig
from pipeline.paths.config import WeightedPathConfig

MEASURE = "log-likelihood"  # the validation score; mrr_sum@10 of few users is too noisy


class HistoryRecommendConfig(RecommendConfig):
    """The recommendations of RKAN-history."""

    max_explanation_paths: Annotated[int, Field(ge=1, le=10_000)] = 12
    """Paths kept with each recommendation, the first of an explanation."""


class HistoryRunConfig(RunConfig):
    """All settings that determine the result of an RKAN-history run on a given graph."""

    recommend: HistoryRecommendConfig = HistoryRecommendConfig()
    enrich: EnrichConfig = EnrichConfig()
    history: HistoryConfig = HistoryConfig()
    paths: WeightedPathConfig = WeightedPathConfig()
    model: RKANHistoryConfig = RKANHistoryConfig()
    train: ListTrainConfig = ListTrainConfig()
