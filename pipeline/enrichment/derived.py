"""All derived relationships of some histories, and of the early part of each history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from model.arrays import Integers, Integers32
from model.beside import both
from pipeline.content.histories import Histories
from pipeline.enrichment.alike import Alike, watched_alike
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.early import early_and_late
from pipeline.enrichment.people import similar_people, watched_next_people
from pipeline.enrichment.stored import EARLY_WEIGHT, PEOPLE, SHARED, WEIGHT
from pipeline.enrichment.weights import Weights, similar, watched_next
from pipeline.schema import MOVIELENS

_BLOCK = 2**14  # relationships that are plain values at the same time


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
        people: int32 [W], how many people each of these relationships stands for, by type: those
            who watched both movies, for WATCHED_NEXT the second soon after the first.
        users: the relationships between users.
    """

    movies: dict[str, Weights]
    people: dict[str, Integers32]
    users: Alike


@dataclass(frozen=True)
class Derived:
    """The derived relationships of whole histories and of their early parts."""

    whole: DerivedPart
    early: DerivedPart

    def rows(self) -> dict[str, Iterator[Rows]]:
        """Return what to write for each relationship type, ordered by source, as it is needed.

        Two movies have one relationship of a type with both weights, or the one that exists. The
        places in two histories differ between the parts, so users have a relationship for each.
        """
        whole, early = self.whole, self.early
        found = {
            kind: _joined(whole.movies[kind], whole.people[kind], early.movies[kind])
            for kind in MOVIELENS.derived_relations
        }
        found[MOVIELENS.watched_alike] = _of_users({WEIGHT: whole.users, EARLY_WEIGHT: early.users})
        return found

    def counts(self) -> dict[str, int]:
        """Return the number of relationships of each type."""
        found = {
            kind: _distinct(self.whole.movies[kind], self.early.movies[kind])
            for kind in MOVIELENS.derived_relations
        }
        found[MOVIELENS.watched_alike] = len(self.whole.users) + len(self.early.users)
        return found

    def scales(self) -> dict[str, dict[str, float]]:
        """Return the root mean square of the weights between movies, by property and type.

        A type without weights is left out.
        """
        return {
            name: {
                kind: float(np.sqrt(np.mean(weights.weight.astype(np.float64) ** 2)))
                for kind, weights in part.movies.items()
                if len(weights)
            }
            for name, part in ((WEIGHT, self.whole), (EARLY_WEIGHT, self.early))
        }


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
    parts = both(partial(derive_part, histories, config), partial(derive_part, early, config))
    return Derived(*parts)


def _joined(whole: Weights, people: Integers32, early: Weights) -> Iterator[Rows]:
    """Yield the union of two sets of pairs, those of a source by target."""
    source = np.concatenate([whole.source, early.source])
    target = np.concatenate([whole.target, early.target])
    weight = np.concatenate([whole.weight, early.weight])
    number = np.concatenate([people, np.zeros(len(early), dtype=np.int32)])
    is_early = np.repeat([False, True], [len(whole), len(early)])
    order = np.lexsort((is_early, target, source))
    last = None
    rows: Rows | None = None
    columns = (source, target, weight, number, is_early)
    for first, second, value, count, of_early in _values(columns, order):
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


def _values(columns: Sequence[npt.NDArray[Any]], order: Integers) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of some columns as plain values, converting a block at a time."""
    for start in range(0, len(order), _BLOCK):
        part = order[start : start + _BLOCK]
        yield from zip(*(column[part].tolist() for column in columns), strict=True)


def _distinct(whole: Weights, early: Weights) -> int:
    """Return the number of pairs that are in at least one of the two."""
    source = np.concatenate([whole.source, early.source]).astype(np.int64)
    target = np.concatenate([whole.target, early.target])
    return len(np.unique(source * (target.max(initial=0) + 1) + target))


def _of_users(parts: Mapping[str, Alike]) -> Iterator[Rows]:
    """Yield the relationships of each user, those of each part in turn, by the weight's name."""
    slices = {name: dict(alike.by_source()) for name, alike in parts.items()}
    for source in sorted(set().union(*slices.values())):
        row = Rows(source, [], [])
        for name, alike in parts.items():
            part = slices[name].get(source, slice(0))
            row.targets.extend(alike.target[part].tolist())
            columns = (alike.weight, alike.position, alike.until, alike.movie, alike.shared)
            values = zip(*(column[part].tolist() for column in columns), strict=True)
            row.properties.extend(
                {
                    name: weight,
                    "position": position,
                    "until": until,
                    "movie": movie,
                    SHARED: shared,
                }
                for weight, position, until, movie, shared in values
            )
        yield row
