"""Finds the derived relationships of the graph; incomplete ones count as missing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.content.dataset import Dataset
from pipeline.content.histories import Histories
from pipeline.enrichment.config import EnrichConfig
from pipeline.errors import GraphContentError
from pipeline.graph import Graph
from pipeline.queries import load_query
from pipeline.schema import MOVIELENS

# Properties of the derived relationships. Those with a weight also have the number of people who
# did what the type says, or, between users, the number of movies that both watched.
WEIGHT, EARLY_WEIGHT = "weight", "earlyWeight"
PEOPLE, SHARED = "people", "shared"

_METHOD = 3  # increased with every change to the computation of the weights


@dataclass(frozen=True)
class Enrichment:
    """The derived relationships of the graph.

    Attributes:
        fingerprint: SHA-256 of the data set, the histories and the parameters.
        parameters: EnrichConfig as JSON.
        watched_next: number of WATCHED_NEXT relationships.
        similar: number of SIMILAR relationships.
        watched_alike: number of WATCHED_ALIKE relationships.
        scales: root mean square of the weights between movies, by property and relationship type;
            None in a graph of an earlier version.
    """

    fingerprint: str
    parameters: str
    watched_next: int
    similar: int
    watched_alike: int
    scales: Mapping[str, Mapping[str, float]] | None = None

    @property
    def config(self) -> EnrichConfig:
        """The settings of their computation."""
        return EnrichConfig.model_validate_json(self.parameters)


def find_enrichment(graph: Graph) -> Enrichment | None:
    """Return the derived relationships, if the graph holds all of them.

    They may come from earlier RATED: new ratings make them outdated, not wrong.
    """
    rows = graph.read(load_query("read/enrichment"))
    if not rows:
        return None
    row = rows[0]
    return Enrichment(
        fingerprint=row["fingerprint"],
        parameters=row["parameters"],
        watched_next=row["watchedNext"],
        similar=row["similar"],
        watched_alike=row["watchedAlike"],
        scales=None if row["scales"] is None else json.loads(row["scales"]),
    )


def weight_scales(graph: Graph, weight: str) -> dict[str, float]:
    """Compute from the graph what a graph of an earlier version does not hold: ``scales``.

    Return the root mean square of the weights between movies, by relationship type as MOVIELENS
    names it.

    Args:
        graph: the graph.
        weight: the property that holds the weights, WEIGHT or EARLY_WEIGHT.
    """
    rows = graph.read(load_query("read/weight_scales"), weight=weight)
    known = dict(zip(graph.schema.derived_relations, MOVIELENS.derived_relations, strict=True))
    return {known[row["type"]]: row["scale"] for row in rows if row["scale"] is not None}


def fingerprint(dataset: Dataset, histories: Histories, config: EnrichConfig) -> str:
    """Return the SHA-256 of everything that determines the derived relationships."""
    settings = config.model_dump()
    if histories.num_active <= config.alike_users:
        del settings["alike_users"]  # it decides nothing, and runs of before the setting still fit
    parameters = json.dumps({"method": _METHOD, **settings}, sort_keys=True)
    digest = hashlib.sha256(f"{dataset.data_hash}\n{parameters}\n".encode())
    digest.update(histories.positions.astype("<i8").tobytes())
    digest.update(histories.offsets.astype("<i8").tobytes())
    digest.update(histories.movies.astype("<i8").tobytes())
    return digest.hexdigest()


def check_unchanged(graph: Graph, wanted: str | None, fix: str) -> None:
    """Check that nobody has replaced the derived relationships meanwhile.

    Args:
        graph: the graph.
        wanted: the fingerprint that they had; None if none are used.
        fix: what to do if they have another one, for the message.

    Raises:
        GraphContentError: another process has replaced them, or is about to.
    """
    if wanted is None:
        return
    found = find_enrichment(graph)
    if found is None or found.fingerprint != wanted or not is_whole(graph, found):
        raise GraphContentError(
            "another process replaced the derived relationships meanwhile; when it has ended, "
            f"{fix}"
        )


def is_whole(graph: Graph, enrichment: Enrichment) -> bool:
    """Return True if the graph holds as many derived relationships as were written."""
    return count_derived(graph) == _counts(enrichment)


def _counts(enrichment: Enrichment) -> tuple[int, int, int]:
    return enrichment.watched_next, enrichment.similar, enrichment.watched_alike


def count_derived(graph: Graph) -> tuple[int, int, int]:
    """Return the numbers of WATCHED_NEXT, SIMILAR and WATCHED_ALIKE relationships."""
    (row,) = graph.read(load_query("read/derived_counts"))
    return row["watchedNext"], row["similar"], row["watchedAlike"]
