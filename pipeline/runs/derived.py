"""The settings of the derived relationships: those of a stored run, or chosen ones."""

from __future__ import annotations

from pipeline.content.dataset import Dataset, read_dataset
from pipeline.enrichment.config import EnrichConfig
from pipeline.errors import CheckpointError, ConfigError
from pipeline.graph import Graph
from pipeline.home import Home
from pipeline.settings import settings_from


def chosen_enrichment(
    graph: Graph,
    home: Home,
    *,
    similar: str | None = None,
    neighbours: int | None = None,
    run_id: str | None = None,
) -> EnrichConfig:
    """Return the settings that options of ``pipeline enrich`` choose.

    Args:
        graph: the graph.
        home: folder with the checkpoints.
        similar: "ease" or "cosine", the weights of SIMILAR.
        neighbours: number of relationships of each type kept per movie.
        run_id: the run whose settings are taken in place of the other two.

    Raises:
        ConfigError: a value is not allowed, or ``run_id`` is given with the other two.
        CheckpointError: no such run, or its paths use no derived relationships.
    """
    options = {"similar": similar, "neighbours": neighbours}
    given = {name: value for name, value in options.items() if value is not None}
    if run_id is None:
        return settings_from(EnrichConfig, given, "options")
    if given:
        raise ConfigError("--run-id sets these options; leave out --similar and --neighbours")
    return trained_on(home, run_id, read_dataset(graph))


def trained_on(home: Home, run_id: str, dataset: Dataset) -> EnrichConfig:
    """Return the settings of the derived relationships of a run.

    Raises:
        CheckpointError: no such run, or its paths use no derived relationships.
    """
    # PyTorch, which takes seconds to import, is needed for the settings of a run alone
    from pipeline.runs.checkpoints import find_trained
    from pipeline.runs.loading import stored_config

    checkpoint = find_trained(home, dataset, run_id)
    settings = stored_config(checkpoint).model_dump().get("enrich")
    if checkpoint.derived is None or settings is None:
        raise CheckpointError(f"run {run_id} was not trained on derived relationships")
    return settings_from(EnrichConfig, settings, f"checkpoint {run_id}")
