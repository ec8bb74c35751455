"""The derived relationships that a run is trained on, which belong to the run.

A run stores their fingerprint. Training uses those of the graph if they fit, else it replaces them
with a message. Recommending refuses a graph that has others.
"""

from __future__ import annotations

from model.rkan_history.path_kinds import PathKind
from pipeline.content.dataset import read_dataset
from pipeline.content.histories import Histories, read_histories
from pipeline.enrichment.stored import (
    EARLY_WEIGHT,
    WEIGHT,
    Enrichment,
    find_enrichment,
    fingerprint,
    is_whole,
    weight_scales,
)
from pipeline.errors import GraphContentError
from pipeline.graph import Graph
from pipeline.networks.interface import RunContext
from pipeline.networks.rkan_history.config import HistoryRunConfig
from pipeline.paths.config import WeightedPathConfig
from pipeline.paths.graph_paths import GraphPaths
from pipeline.paths.kinds import DERIVED_KINDS, possible_kinds
from pipeline.paths.weighted import kept_paths
from pipeline.progress import say
from pipeline.schema import MOVIELENS

_NAMES = f"{', '.join(MOVIELENS.derived_relations)} and {MOVIELENS.watched_alike}"


def settled(graph: Graph, config: HistoryRunConfig) -> HistoryRunConfig:
    """Return ``config`` with unset settings of derived relationships taken from the graph."""
    found = find_enrichment(graph)
    if found is None or not uses_derived(config.paths):
        return config
    given = config.enrich.model_fields_set
    there = found.config.model_dump()
    return config.changed(
        {f"enrich.{name}": value for name, value in there.items() if name not in given}
    )


def uses_derived(config: WeightedPathConfig) -> bool:
    """Return True if any path uses a derived relationship."""
    counts = kept_paths(config)
    return any(counts[kind] for kind in (*DERIVED_KINDS, PathKind.USERS))


def prepare(context: RunContext, config: HistoryRunConfig) -> str | None:
    """Write the run's derived relationships to the graph and return their fingerprint.

    Return None if no path uses derived relationships.
    """
    if not uses_derived(config.paths):
        return None
    from pipeline.enrichment.enrich import enrich  # loads SciPy, which recommending does not need

    graph = context.graph
    wanted = fingerprint(read_dataset(graph), context.histories, config.enrich)
    found = find_enrichment(graph)
    if found is not None and not context.trial:
        if found.fingerprint != wanted:
            say(f"replacing {_NAMES} of the graph: {_difference(found, config)}")
        elif not is_whole(graph, found):
            say(f"replacing {_NAMES} of the graph: another process changed them")
    enrich(graph, context.histories, config.enrich)
    return wanted


def trained_paths(context: RunContext, config: HistoryRunConfig, derived: str | None) -> GraphPaths:
    """Return the source of the paths that a run was trained on.

    Args:
        context: context with the graph.
        config: configuration of the run.
        derived: fingerprint that the run stored.

    Raises:
        GraphContentError: the graph has other derived relationships or none; the message names the
            fix.
    """
    if context.trial:
        prepare(context, config)
    elif uses_derived(config.paths):
        _check(context, config, derived)
    return paths_of(context.graph, config, context.histories, early=False)


def paths_of(
    graph: Graph, config: HistoryRunConfig, histories: Histories, *, early: bool
) -> GraphPaths:
    """Return the source of paths by all ratings, or by the early part of each history alone.

    Args:
        graph: the graph.
        config: configuration of the run.
        histories: the ratings that count for those who know a user; if these are not all users',
            all ratings do.
        early: True for the weights of the early parts.
    """
    counts = kept_paths(config.paths)
    kinds = possible_kinds(graph.schema) & {kind for kind, count in counts.items() if count}
    weight = EARLY_WEIGHT if early else WEIGHT
    found = find_enrichment(graph)
    known = None if found is None else found.scales
    scales = weight_scales(graph, weight) if known is None else known[weight]
    bounded = PathKind.KNOWN in kinds and histories.others is None
    return GraphPaths(graph, kinds, weight, scales, histories.bounds() if bounded else None)


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
    histories = read_histories(context.graph)  # those of the context may be of some users only
    same_ratings = fingerprint(context.dataset, histories, config.enrich) == derived
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
