"""The configuration of an RKAN run."""

from __future__ import annotations

from model.rkan.config import PretrainConfig, RKANConfig, TrainConfig
from pipeline.networks.run_config import RunConfig
from pipeline.paths.config import PathConfig

MEASURE = "mrr_sum@10"  # the validation score


class RKANRunConfig(RunConfig):
    """All settings that determine the result of an RKAN run on a given graph."""

    paths: PathConfig = PathConfig()
    model: RKANConfig = RKANConfig()
    pretrain: PretrainConfig = PretrainConfig()
    train: TrainConfig = TrainConfig()
