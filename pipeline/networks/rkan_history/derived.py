"""The derived relationships that a run is trained on, which belong to the run.

A run stores their fingerprint. Training uses those of the graph if they fit, else it replaces them
with a message. Recommending refuses a graph that has others.
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
    """Return ``config`` with unset settings of derived relationships taken from the graph."""
    found = find_enrichment(graph)
    if found is None or not derived_types(config.paths):
        return config
    given = config.enrich.model_fields_set
    there = found.config.model_dump()
    return config.changed(
        {f"enrich.{name}": value for name, value in there.items() if name not in given}
    )


def prepare(context: RunContext, config: HistoryRunConfig) -> str | None:
    """Write the run's derived relationships to the graph and return their fingerprint.

    Return None if no path uses derived relationships. A run that does not own the graph writes
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
            say(f"replacing {_NAMES} of the graph: another process changed them")
        enrich(context.graph, context.histories, config.enrich)
    return wanted


def trained_weights(
    context: RunContext, config: HistoryRunConfig, derived: str | None
) -> dict[str, Weights]:
    """Return the weights that the run was trained on, by relationship type.

    Args:
        context: context with the graph, or with the histories to compute the weights from.
        config: configuration of the run.
        derived: fingerprint that the run stored.

    Raises:
        GraphContentError: the graph has other relationships or none; the message names the fix.
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
        state = "another process changed those in the graph"
    else:
        state = f"the graph has others ({_difference(found, config)})"
    same_ratings = fingerprint(context.dataset, context.histories, config.enrich) == derived
    fix = f"pipeline enrich --run-id {run}" if same_ratings else "pipeline train"
    raise GraphContentError(
        f"run {run} needs the {_NAMES} relationships that it was trained on, but {state}; "
        f"run: {fix}"
    )


def _difference(found: Enrichment, config: HistoryRunConfig) -> str:
    wanted = config.enrich.model_dump()
    changes = [
        f"{name} = {value} in the graph, {wanted[name]} in the run"
        for name, value in found.config.model_dump().items()
        if value != wanted[name]
    ]
    return ", ".join(changes) or "they were computed from other ratings"
