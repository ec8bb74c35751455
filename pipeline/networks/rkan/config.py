"""The configuration of an RKAN run."""

from __future__ import annotations

from model.rkan.config import PretrainConfig, RKANConfig, TrainConfig
from pipeline.networks.run_config import RunConfig
from pipeline.paths.config import PathConfig


class RKANRunConfig(RunConfig):
    """Everything that decides the result of an RKAN run besides the graph."""

    paths: PathConfig = PathConfig()
    model: RKANConfig = RKANConfig()
    pretrain: PretrainConfig = PretrainConfig()
    train: TrainConfig = TrainConfig()
