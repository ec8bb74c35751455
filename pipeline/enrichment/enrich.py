"""Writes the derived relationships between movies, each part of them whole or marked as unfinished.

A part is what was computed from one set of histories: "all" from all RATED, others from the early
part of each history (so that training sees no future) or for users who are set apart. Query files
that read derived relationships name the part.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from uuid import uuid4

from pipeline.dataset import Dataset, read_dataset
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.weights import Weights, similar, watched_next
from pipeline.errors import DatabaseError, GraphContentError, NotFoundError
from pipeline.graph import Graph
from pipeline.histories import Histories, read_histories
from pipeline.progress import progress_bar, say
from pipeline.queries import load_query
from pipeline.schema import MOVIELENS

ALL = "all"  # the part that is computed from all RATED
_METHOD = 1  # grows with every change of how weights are computed
_BATCH = 10_000  # relationships of one transaction
_QUERIES = {
    MOVIELENS.watched_next: "derive/watched_next",
    MOVIELENS.similar: "derive/similar",
}


@dataclass(frozen=True)
class Enrichment:
    """A complete part of the derived relationships, as its node has it.

    Attributes:
        part: names it and each of its relationships.
        fingerprint: SHA-256 of the data set, the histories and the parameters.
        parameters: EnrichConfig as JSON.
        watched_next: WATCHED_NEXT relationships.
        similar: SIMILAR relationships.
    """

    part: str
    fingerprint: str
    parameters: str
    watched_next: int
    similar: int


@dataclass(frozen=True)
class EnrichSummary:
    """What an enrichment did and what the part holds now; plain values, ready for JSON.

    Attributes:
        dataset: name of the data set.
        part: name of the part.
        method: what the weights of SIMILAR are, "ease" or "cosine".
        neighbours: relationships of each type that leave a movie, at most.
        watched_next: WATCHED_NEXT relationships of the part.
        similar: SIMILAR relationships of the part.
        unchanged: the part was there already and nothing was written.
        seconds: of computing and writing.
    """

    dataset: str
    part: str
    method: str
    neighbours: int
    watched_next: int
    similar: int
    unchanged: bool
    seconds: float


def enrich(
    graph: Graph, histories: Histories, config: EnrichConfig, part: str = ALL
) -> EnrichSummary:
    """Make the part hold the weights of ``histories``; doing it again changes nothing.

    Until the last relationship is written, ``find_enrichment`` says that there is no such part;
    after an interruption, run it again.

    Args:
        graph: an open database with a data set.
        histories: what the weights are computed from, and all that they are computed from.
        config: how.
        part: which part is replaced; others are left alone.

    Raises:
        ConfigError: too many movies for EASE.
        GraphContentError: no complete data set, or another writer replaced the part meanwhile.
    """
    started = time.perf_counter()
    dataset = read_dataset(graph)
    wanted = _fingerprint(dataset, histories, config)
    found = find_enrichment(graph, part)
    unchanged = (
        found is not None
        and found.fingerprint == wanted
        and _count(graph, part) == (found.watched_next, found.similar)
    )
    if found is None or not unchanged:
        say("computing the weights between movies")
        weights = {
            MOVIELENS.watched_next: watched_next(histories, config),
            MOVIELENS.similar: similar(histories, config),
        }
        found = Enrichment(
            part,
            wanted,
            json.dumps(asdict(config), sort_keys=True),
            len(weights[MOVIELENS.watched_next]),
            len(weights[MOVIELENS.similar]),
        )
        _replace(graph, dataset, found, weights)
    return EnrichSummary(
        dataset=dataset.name,
        part=part,
        method=config.similar,
        neighbours=config.neighbours,
        watched_next=found.watched_next,
        similar=found.similar,
        unchanged=unchanged,
        seconds=round(time.perf_counter() - started, 2),
    )


def enrich_all(graph: Graph, config: EnrichConfig) -> EnrichSummary:
    """Make the part "all" hold the weights of all RATED; otherwise as enrich."""
    read_dataset(graph)  # an empty or half-loaded graph says so, not that it lacks ratings
    return enrich(graph, read_histories(graph), config)


@contextmanager
def enriched(
    graph: Graph, histories: Histories, config: EnrichConfig, part: str
) -> Iterator[EnrichSummary]:
    """The part exists inside the ``with`` block and is removed at its end.

    A process that is killed leaves the part behind; the next one of that name takes it over. No two
    may use one name at the same time: the first to end would remove it.

    Raises:
        ConfigError: as enrich.
        GraphContentError: as enrich.
    """
    try:
        yield enrich(graph, histories, config, part)
    except BaseException:
        with suppress(DatabaseError):  # the first failure is the one to tell
            _remove(graph, part)
        raise
    _remove(graph, part)


def find_enrichment(graph: Graph, part: str = ALL) -> Enrichment | None:
    """The part, if it is complete and of the data set that the graph holds."""
    rows = graph.read(load_query("read/enrichments"))
    return next(
        (
            Enrichment(
                part=row["part"],
                fingerprint=row["fingerprint"],
                parameters=row["parameters"],
                watched_next=row["watchedNext"],
                similar=row["similar"],
            )
            for row in rows
            if row["part"] == part
        ),
        None,
    )


def remove_part(graph: Graph, part: str) -> int:
    """Remove a part, complete or not; returns how many relationships went.

    Raises:
        NotFoundError: no such part, naming those there are.
    """
    parts = [row["part"] for row in graph.read(load_query("read/enrichment_parts"))]
    if part not in parts:
        known = f"there are {', '.join(parts)}" if parts else "there are none"
        raise NotFoundError(f"no part {part!r} of derived relationships; {known}")
    return _remove(graph, part)


def _remove(graph: Graph, part: str) -> int:
    graph.write(load_query("derive/remove_begin"), part=part)
    gone = graph.write_implicit(load_query("derive/remove_relationships"), part=part)
    graph.write(load_query("derive/remove_end"), part=part)
    return gone["relationships_deleted"]


def _replace(
    graph: Graph, dataset: Dataset, enrichment: Enrichment, weights: dict[str, Weights]
) -> None:
    part, writer = enrichment.part, uuid4().hex
    graph.write(load_query("schema/constraint_enrichment"))
    graph.write(load_query("derive/begin"), dataHash=dataset.data_hash, part=part, writer=writer)
    graph.write_implicit(load_query("derive/remove_relationships"), part=part)
    for kind, pairs in weights.items():
        _write(graph, kind, pairs, part, writer)
    done = _count(graph, part) == (enrichment.watched_next, enrichment.similar) and graph.write(
        load_query("derive/end"),
        part=part,
        writer=writer,
        properties={
            "dataHash": dataset.data_hash,
            "fingerprint": enrichment.fingerprint,
            "parameters": enrichment.parameters,
            "watchedNext": enrichment.watched_next,
            "similar": enrichment.similar,
        },
    )
    if not done:
        raise GraphContentError(
            f"something else wrote to the derived relationships of part {part!r} of "
            f"{dataset.name} at the same time; run it again"
        )


def _write(graph: Graph, kind: str, pairs: Weights, part: str, writer: str) -> None:
    """A transaction holds whole source movies only; see the query."""
    query = load_query(_QUERIES[kind])
    with progress_bar(kind, len(pairs)) as advance:
        rows, waiting = [], 0
        for source, targets, weights in pairs.by_source():
            rows.append({"source": source, "targets": targets, "weights": weights})
            waiting += len(targets)
            if waiting >= _BATCH:
                graph.write(query, part=part, writer=writer, rows=rows)
                advance(waiting)
                rows, waiting = [], 0
        if rows:
            graph.write(query, part=part, writer=writer, rows=rows)
            advance(waiting)


def _count(graph: Graph, part: str) -> tuple[int, int]:
    (row,) = graph.read(load_query("read/derived_counts"), part=part)
    return row["watchedNext"], row["similar"]


def _fingerprint(dataset: Dataset, histories: Histories, config: EnrichConfig) -> str:
    parameters = json.dumps({"method": _METHOD, **asdict(config)}, sort_keys=True)
    digest = hashlib.sha256(f"{dataset.data_hash}\n{parameters}\n".encode())
    digest.update(histories.offsets.astype("<i8").tobytes())
    digest.update(histories.movies.astype("<i8").tobytes())
    return digest.hexdigest()
