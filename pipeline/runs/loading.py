"""Loads the network of a finished run."""

from __future__ import annotations

from model.checkpoint import Checkpoint
from pipeline.errors import CheckpointError
from pipeline.networks.configuration import config_from_dict
from pipeline.networks.interface import Recommender, RunContext
from pipeline.networks.registry import NETWORKS
from pipeline.networks.run_config import RunConfig


def load_recommender(
    context: RunContext, config: RunConfig, checkpoint: Checkpoint, ranking: str | None = None
) -> Recommender:
    """Return the trained network, to rank the users of ``context``.

    Raises:
        CheckpointError: the checkpoint is damaged.
        GraphContentError: the graph no longer holds what the network was trained on.
    """
    try:
        return NETWORKS[config.network].load(context, config, checkpoint, ranking)
    except (KeyError, TypeError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise CheckpointError(
            f"the checkpoint of run {checkpoint.run_id} is damaged: its weights and configuration "
            f"disagree: {reason}; delete it and run: pipeline train"
        ) from error


def stored_config(checkpoint: Checkpoint) -> RunConfig:
    """Return the configuration that a checkpoint was trained with."""
    return config_from_dict(checkpoint.config, f"checkpoint {checkpoint.run_id}")
