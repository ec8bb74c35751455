"""All derived relationships of some histories, and of the early part of each history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pipeline.content.histories import Histories
from pipeline.enrichment.alike import Alike, watched_alike
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.weights import Weights, similar, watched_next
from pipeline.schema import MOVIELENS

WEIGHT, EARLY_WEIGHT = "weight", "earlyWeight"  # properties of the derived relationships


class Rows(NamedTuple):
    """The relationships of one type from one node, for a write query.

    Attributes:
        source: entityId.
        targets: entityId of each relationship's end.
        properties: properties of each relationship.
    """

    source: int
    targets: list[int]
    properties: list[dict[str, Any]]


@dataclass(frozen=True)
class DerivedPart:
    """The derived relationships that some histories give.

    Attributes:
        movies: the relationships between movies, by type.
        users: the relationships between users.
    """

    movies: dict[str, Weights]
    users: Alike


@dataclass(frozen=True)
class Derived:
    """The derived relationships of whole histories and of their early parts."""

    whole: DerivedPart
    early: DerivedPart

    def rows(self) -> dict[str, list[Rows]]:
        """Return what to write for each relationship type, ordered by source.

        Two movies have one relationship of a type with both weights, or the one that exists. The
        places in two histories differ between the parts, so users have a relationship for each.
        """
        found = {
            kind: list(_joined(self.whole.movies[kind], self.early.movies[kind]))
            for kind in MOVIELENS.derived_relations
        }
        parts = ((WEIGHT, self.whole.users), (EARLY_WEIGHT, self.early.users))
        by_user: dict[int, Rows] = {}
        for name, alike in parts:
            for row in _of_users(alike, name):
                own = by_user.setdefault(row.source, Rows(row.source, [], []))
                own.targets.extend(row.targets)
                own.properties.extend(row.properties)
        found[MOVIELENS.watched_alike] = [by_user[source] for source in sorted(by_user)]
        return found


def derive_part(histories: Histories, config: EnrichConfig) -> DerivedPart:
    """Return the derived relationships that ``histories`` give.

    Raises:
        ConfigError: too many movies for EASE.
    """
    movies = {
        MOVIELENS.watched_next: watched_next(histories, config),
        MOVIELENS.similar: similar(histories, config),
    }
    return DerivedPart(movies, watched_alike(histories, config))


def derive(histories: Histories, config: EnrichConfig) -> Derived:
    """Return the derived relationships of the histories and of their early parts.

    Raises:
        ConfigError: too many movies for EASE.
    """
    early, _ = histories.split(config.label_fraction)
    return Derived(derive_part(histories, config), derive_part(early, config))


def _joined(whole: Weights, early: Weights) -> Iterator[Rows]:
    """Yield the union of two sets of pairs, those of a source by target."""
    source = np.concatenate([whole.source, early.source])
    target = np.concatenate([whole.target, early.target])
    weight = np.concatenate([whole.weight, early.weight])
    is_early = np.repeat([False, True], [len(whole), len(early)])
    order = np.lexsort((is_early, target, source))
    last = None
    rows: Rows | None = None
    ends = zip(*(x[order].tolist() for x in (source, target, weight, is_early)), strict=True)
    for first, second, value, late in ends:
        if rows is None or rows.source != first:
            if rows is not None:
                yield rows
            rows, last = Rows(first, [], []), None
        if second != last:
            rows.targets.append(second)
            rows.properties.append({})
            last = second
        rows.properties[-1][EARLY_WEIGHT if late else WEIGHT] = value
    if rows is not None:
        yield rows


def _of_users(alike: Alike, name: str) -> Iterator[Rows]:
    for source, part in alike.by_source():
        columns = (alike.weight, alike.position, alike.until, alike.movie)
        values = zip(*(column[part].tolist() for column in columns), strict=True)
        yield Rows(
            source,
            alike.target[part].tolist(),
            [
                {name: weight, "position": position, "until": until, "movie": movie}
                for weight, position, until, movie in values
            ],
        )
