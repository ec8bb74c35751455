"""Loads the network of a finished run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from model.checkpoint import Checkpoint
from pipeline.content.catalogue import Catalogue, read_catalogue
from pipeline.content.dataset import Dataset
from pipeline.content.histories import Histories
from pipeline.device import choose_device
from pipeline.errors import CheckpointError
from pipeline.graph import Graph
from pipeline.home import Home
from pipeline.networks.configuration import config_from_dict
from pipeline.networks.interface import Recommender, RunContext
from pipeline.networks.registry import NETWORKS
from pipeline.networks.run_config import RunConfig


def load_recommender(
    context: RunContext, config: RunConfig, checkpoint: Checkpoint, ranking: str | None = None
) -> Recommender:
    """Return the trained network, to rank the users of ``context``.

    Raises:
        CheckpointError: the checkpoint is damaged, or its network cannot rank what the graph has
            gained since.
        GraphContentError: the graph no longer holds what the network was trained on.
    """
    kind = NETWORKS[config.network]
    gained = context.dataset.num_entities - checkpoint.num_entities
    if gained and not kind.new_users:
        raise CheckpointError(
            f"run {checkpoint.run_id} knows only the users and items that it was trained on, and "
            f"the graph has gained {gained:,} nodes since; run: pipeline train, or use a run of "
            "rkan-history"
        )
    try:
        return kind.load(context, config, checkpoint, ranking)
    except (KeyError, TypeError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise CheckpointError(
            f"the checkpoint of run {checkpoint.run_id} is damaged: its weights and configuration "
            f"disagree: {reason}; delete it and run: pipeline train"
        ) from error


def context_of(
    graph: Graph,
    home: Home,
    dataset: Dataset,
    checkpoint: Checkpoint,
    histories: Histories,
    device: str = "auto",
    catalogue: Catalogue | None = None,
) -> RunContext:
    """Return what a finished run needs to rank the users of ``histories``.

    The graph's catalogue is read unless it is given.
    """
    return RunContext(
        graph=graph,
        dataset=dataset,
        histories=histories,
        catalogue=read_catalogue(graph) if catalogue is None else catalogue,
        folder=home.checkpoints / checkpoint.run_id,
        device=choose_device(device),
    )


@contextmanager
def finite_scores(run_id: str) -> Iterator[None]:
    """Turn the error of a NaN or infinite score in the block into one that names the run.

    Raises:
        CheckpointError: a score is NaN or infinite.
    """
    try:
        yield
    except FloatingPointError as error:
        raise CheckpointError(
            f"the weights of run {run_id} give NaN or infinite scores; "
            "train again with a smaller train.learning_rate"
        ) from error


def stored_config(checkpoint: Checkpoint) -> RunConfig:
    """Return the configuration that a checkpoint was trained with."""
    return config_from_dict(checkpoint.config, f"checkpoint {checkpoint.run_id}")
