"""The derived relationships that a stored run was trained on."""

from __future__ import annotations

from pipeline.content.dataset import Dataset
from pipeline.enrichment.config import EnrichConfig
from pipeline.errors import CheckpointError
from pipeline.home import Home
from pipeline.runs.checkpoints import find_trained
from pipeline.runs.loading import stored_config
from pipeline.settings import settings_from


def trained_on(home: Home, run_id: str, dataset: Dataset) -> EnrichConfig:
    """Return the settings of the derived relationships of a run.

    Raises:
        CheckpointError: no such run, or its paths use no derived relationships.
    """
    checkpoint = find_trained(home, dataset, run_id)
    settings = stored_config(checkpoint).model_dump().get("enrich")
    if checkpoint.derived is None or settings is None:
        raise CheckpointError(f"run {run_id} was not trained on derived relationships")
    return settings_from(EnrichConfig, settings, f"checkpoint {run_id}")
