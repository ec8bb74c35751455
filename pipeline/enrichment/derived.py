"""All derived relationships of some histories, and of the early part of each history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from model.arrays import Integers
from pipeline.content.histories import Histories
from pipeline.enrichment.alike import Alike, watched_alike
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.early import early_and_late
from pipeline.enrichment.people import similar_people, watched_next_people
from pipeline.enrichment.stored import EARLY_WEIGHT, PEOPLE, SHARED, WEIGHT
from pipeline.enrichment.weights import Weights, similar, watched_next
from pipeline.schema import MOVIELENS


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
        people: int64 [W], how many people each of these relationships stands for, by type: those
            who watched both movies, for WATCHED_NEXT the second soon after the first.
        users: the relationships between users.
    """

    movies: dict[str, Weights]
    people: dict[str, Integers]
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
            kind: list(
                _joined(self.whole.movies[kind], self.whole.people[kind], self.early.movies[kind])
            )
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
    people = {
        MOVIELENS.watched_next: watched_next_people(
            histories, movies[MOVIELENS.watched_next], config
        ),
        MOVIELENS.similar: similar_people(histories, movies[MOVIELENS.similar]),
    }
    return DerivedPart(movies, people, watched_alike(histories, config))


def derive(histories: Histories, config: EnrichConfig) -> Derived:
    """Return the derived relationships of the histories and of their early parts.

    Raises:
        ConfigError: too many movies for EASE.
    """
    early, _ = early_and_late(histories, config)
    return Derived(derive_part(histories, config), derive_part(early, config))


def _joined(whole: Weights, people: Integers, early: Weights) -> Iterator[Rows]:
    """Yield the union of two sets of pairs, those of a source by target."""
    source = np.concatenate([whole.source, early.source])
    target = np.concatenate([whole.target, early.target])
    weight = np.concatenate([whole.weight, early.weight])
    number = np.concatenate([people, np.zeros(len(early), dtype=np.int64)])
    is_early = np.repeat([False, True], [len(whole), len(early)])
    order = np.lexsort((is_early, target, source))
    last = None
    rows: Rows | None = None
    columns = (source, target, weight, number, is_early)
    for first, second, value, count, of_early in zip(
        *(column[order].tolist() for column in columns), strict=True
    ):
        if rows is None or rows.source != first:
            if rows is not None:
                yield rows
            rows, last = Rows(first, [], []), None
        if second != last:
            rows.targets.append(second)
            rows.properties.append({})
            last = second
        own = rows.properties[-1]
        if of_early:
            own[EARLY_WEIGHT] = value
        else:
            own[WEIGHT], own[PEOPLE] = value, count
    if rows is not None:
        yield rows


def _of_users(alike: Alike, name: str) -> Iterator[Rows]:
    for source, part in alike.by_source():
        columns = (alike.weight, alike.position, alike.until, alike.movie, alike.shared)
        values = zip(*(column[part].tolist() for column in columns), strict=True)
        yield Rows(
            source,
            alike.target[part].tolist(),
            [
                {
                    name: weight,
                    "position": position,
                    "until": until,
                    "movie": movie,
                    SHARED: shared,
                }
                for weight, position, until, movie, shared in values
            ],
        )
