"""Writes the derived relationships; incomplete ones count as missing.

The Dataset node records what the relationships were computed from and how. The record is written
after the last relationship, and removed before the first relationship is deleted.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from pipeline.content.dataset import Dataset, read_dataset
from pipeline.content.histories import Histories, read_histories
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.derived import Derived, Rows, derive
from pipeline.enrichment.stored import (
    Enrichment,
    count_derived,
    find_enrichment,
    fingerprint,
    is_whole,
)
from pipeline.errors import GraphContentError, NotFoundError
from pipeline.graph import Graph
from pipeline.progress import progress_bar, say
from pipeline.queries import load_query
from pipeline.schema import MOVIELENS

_BATCH = 10_000  # relationships per transaction
_QUERIES = {
    MOVIELENS.watched_next: "derive/watched_next",
    MOVIELENS.similar: "derive/similar",
    MOVIELENS.watched_alike: "derive/watched_alike",
}


@dataclass(frozen=True)
class EnrichSummary:
    """The result of an enrichment, in plain values for JSON.

    Attributes:
        dataset: name of the data set.
        method: method of the weights of SIMILAR, "ease" or "cosine".
        neighbours: maximum number of weights of each type from a movie.
        alike: maximum number of weights from a user.
        watched_next: number of WATCHED_NEXT relationships in the graph.
        similar: number of SIMILAR relationships in the graph.
        watched_alike: number of WATCHED_ALIKE relationships in the graph.
        unchanged: True if the graph held them already and nothing was written.
        seconds: wall time.
    """

    dataset: str
    method: str
    neighbours: int
    alike: int
    watched_next: int
    similar: int
    watched_alike: int
    unchanged: bool
    seconds: float


def enrich(graph: Graph, histories: Histories, config: EnrichConfig) -> EnrichSummary:
    """Write the weights of ``histories``, replacing any others; a second call changes nothing.

    Until the last relationship is written, ``find_enrichment`` returns None. After an interruption,
    call it again.

    Args:
        graph: an open database with a data set.
        histories: all RATED of the graph, from which the weights are computed.
        config: settings of the weights.

    Raises:
        ConfigError: too many movies for EASE.
        GraphContentError: no complete data set, or another process wrote at the same time.
    """
    started = time.perf_counter()
    dataset = read_dataset(graph)
    wanted = fingerprint(dataset, histories, config)
    found = find_enrichment(graph)
    unchanged = found is not None and found.fingerprint == wanted and is_whole(graph, found)
    if found is None or not unchanged:
        say("computing the derived relationships")
        derived = derive(histories, config)
        counts = derived.counts()
        next_, similar, alike = (counts[kind] for kind in _QUERIES)
        parameters = json.dumps(config.model_dump(), sort_keys=True)
        found = Enrichment(wanted, parameters, next_, similar, alike)
        _replace(graph, dataset, found, derived, counts)
    return EnrichSummary(
        dataset=dataset.name,
        method=config.similar,
        neighbours=config.neighbours,
        alike=config.alike,
        watched_next=found.watched_next,
        similar=found.similar,
        watched_alike=found.watched_alike,
        unchanged=unchanged,
        seconds=round(time.perf_counter() - started, 2),
    )


def enrich_all(graph: Graph, config: EnrichConfig) -> EnrichSummary:
    """Call ``enrich`` with the graph's current histories."""
    read_dataset(graph)  # its error is clearer than missing ratings if the graph is incomplete
    return enrich(graph, read_histories(graph), config)


@contextmanager
def restored(graph: Graph) -> Iterator[None]:
    """Let the block replace the derived relationships, and restore them at its end.

    If ratings were added since they were computed, they are computed anew from all ratings.
    """
    before, counts = find_enrichment(graph), count_derived(graph)
    try:
        yield
    finally:
        if (find_enrichment(graph), count_derived(graph)) != (before, counts):
            if before is not None:
                enrich_all(graph, before.config)
            elif any(count_derived(graph)):
                remove_enrichment(graph)


def remove_enrichment(graph: Graph) -> int:
    """Remove the derived relationships, complete or not, and return their number.

    Raises:
        GraphContentError: no complete data set.
        NotFoundError: there are none.
    """
    dataset = read_dataset(graph)
    if find_enrichment(graph) is None and not any(count_derived(graph)):
        raise NotFoundError(f"{dataset.name} has no derived relationships to remove")
    return _begin(graph, dataset, uuid4().hex)


def _begin(graph: Graph, dataset: Dataset, writer: str) -> int:
    """Become the only writer of derived relationships, remove them and return their number."""
    graph.write(load_query("derive/begin"), dataHash=dataset.data_hash, writer=writer)
    removed = graph.write_implicit(load_query("derive/remove_relationships"))
    return removed["relationships_deleted"]


def _replace(
    graph: Graph,
    dataset: Dataset,
    enrichment: Enrichment,
    derived: Derived,
    counts: Mapping[str, int],
) -> None:
    writer = uuid4().hex
    _begin(graph, dataset, writer)
    for kind, rows in derived.rows().items():
        _write(graph, kind, rows, counts[kind], writer)
    done = is_whole(graph, enrichment) and graph.write(
        load_query("derive/end"),
        writer=writer,
        properties={
            "enrichmentFingerprint": enrichment.fingerprint,
            "enrichmentParameters": enrichment.parameters,
            "watchedNext": enrichment.watched_next,
            "similar": enrichment.similar,
            "watchedAlike": enrichment.watched_alike,
            "weightScales": json.dumps(derived.scales()),
        },
    )
    if not done:
        raise GraphContentError(
            f"another process wrote the derived relationships of {dataset.name} at the same time; "
            "run the command again"
        )


def _write(graph: Graph, kind: str, rows: Iterator[Rows], count: int, writer: str) -> None:
    """Write relationships in batches; a transaction holds all those of its sources."""
    query = load_query(_QUERIES[kind])
    with progress_bar(kind, count) as advance:
        batch, waiting = [], 0
        for source, targets, weights in rows:
            batch.append({"source": source, "targets": targets, "weights": weights})
            waiting += len(targets)
            if waiting >= _BATCH:
                graph.write(query, writer=writer, rows=batch)
                advance(waiting)
                batch, waiting = [], 0
        if batch:
            graph.write(query, writer=writer, rows=batch)
            advance(waiting)
