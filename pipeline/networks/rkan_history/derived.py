"""The derived relationships that a run is trained on: they belong to the run.

A run stores their fingerprint. Training uses those that the graph has, or says that it replaces
them; recommending refuses a graph that has others.
"""

from __future__ import annotations

from pipeline.enrichment.enrich import (
    Enrichment,
    enrich,
    find_enrichment,
    fingerprint,
    is_whole,
)
from pipeline.enrichment.weights import Weights
from pipeline.errors import GraphContentError
from pipeline.graph import Graph
from pipeline.networks.interface import RunContext
from pipeline.networks.rkan_history.config import HistoryRunConfig
from pipeline.paths.links import compute_weights, read_weights
from pipeline.paths.weighted import derived_types
from pipeline.progress import say
from pipeline.schema import MOVIELENS

_NAMES = " and ".join(MOVIELENS.derived_relations)


def settled(graph: Graph, config: HistoryRunConfig) -> HistoryRunConfig:
    """Return ``config`` with the graph's settings of derived relationships where it sets none."""
    found = find_enrichment(graph)
    if found is None or not derived_types(config.paths):
        return config
    given = config.enrich.model_fields_set
    there = found.config.model_dump()
    return config.changed(
        {f"enrich.{name}": value for name, value in there.items() if name not in given}
    )


def prepare(context: RunContext, config: HistoryRunConfig) -> str | None:
    """Make the graph hold what the run is trained on; return its fingerprint.

    None where no path goes over derived relationships. A run that does not own the graph writes
    nothing: its relationships are computed from its histories.
    """
    if not derived_types(config.paths):
        return None
    wanted = fingerprint(context.dataset, context.histories, config.enrich)
    if context.owns_graph:
        found = find_enrichment(context.graph)
        if found is not None and found.fingerprint != wanted:
            say(f"replacing {_NAMES} of the graph: {_difference(found, config)}")
        elif found is not None and not is_whole(context.graph, found):
            say(f"replacing {_NAMES} of the graph: something else changed them")
        enrich(context.graph, context.histories, config.enrich)
    return wanted


def trained_weights(
    context: RunContext, config: HistoryRunConfig, derived: str | None
) -> dict[str, Weights]:
    """Return the weights that the run was trained on, by relationship type.

    Args:
        context: the graph, or the histories that they are computed from.
        config: the run's.
        derived: the fingerprint that the run stored.

    Raises:
        GraphContentError: the graph has other ones, or none; the message says what mends it.
    """
    types = derived_types(config.paths)
    if not context.owns_graph:
        return compute_weights(context.histories, config.enrich, types)
    if types:
        _check(context, config, derived)
    return read_weights(context.graph, types)


def _check(context: RunContext, config: HistoryRunConfig, derived: str | None) -> None:
    found = find_enrichment(context.graph)
    whole = found is not None and is_whole(context.graph, found)
    if found is not None and whole and found.fingerprint == derived:
        return
    run = context.folder.name
    if found is None:
        state = "the graph has none"
    elif not whole:
        state = "something else changed those in the graph"
    else:
        state = f"the graph has others ({_difference(found, config)})"
    same_ratings = fingerprint(context.dataset, context.histories, config.enrich) == derived
    mend = f"pipeline enrich --run-id {run}" if same_ratings else "pipeline train"
    raise GraphContentError(
        f"run {run} needs the {_NAMES} relationships that it was trained on, and {state}; "
        f"run: {mend}"
    )


def _difference(found: Enrichment, config: HistoryRunConfig) -> str:
    wanted = config.enrich.model_dump()
    changes = [
        f"{name} = {value} there, {wanted[name]} in the run"
        for name, value in found.config.model_dump().items()
        if value != wanted[name]
    ]
    return ", ".join(changes) or "they are of other ratings"
