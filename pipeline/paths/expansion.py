"""Pulls the paths of users' candidates from the graph, with one query per kind of last step.

cypher/paths/candidates_2.cypher finds paths over derived relationships, candidates_3 those through
attributes and candidates_3_users those through other users. Each query returns the paths of a chunk
of users, one record a user.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from model.arrays import Floats, Integers
from model.rkan_history.path_kinds import PathKind
from pipeline.graph import Graph
from pipeline.ids import EntityId, EntityIds
from pipeline.paths.kinds import KIND_OF_RELATION, RELATIONS
from pipeline.queries import load_query

_PLACE = {relation: place for place, relation in enumerate(RELATIONS)}


@dataclass(frozen=True)
class Asked:
    """A user whose candidates are to be reached. C candidates.

    Attributes:
        user: entityId of the user.
        start: position of the first rating that may be on a path.
        end: position after the last one.
        candidates: int64 [C], entityIds, none of them in the user's history.
    """

    user: EntityId
    start: int
    end: int
    candidates: EntityIds


class Links(NamedTuple):
    """Paths over derived relationships, [N] each: the rating's age, candidate's place, weight."""

    ages: Integers
    columns: Integers
    weights: Floats


class Shared(NamedTuple):
    """Attributes that the user's movies and the candidates share. A attributes.

    The paths of an attribute are all pairs of its ages and its columns.

    Attributes:
        attributes: int64 [A], entityIds, ascending.
        age_rows: int64 [E], row in ``attributes`` of each of ``ages``.
        ages: int64 [E], ages of the ratings whose movie has the attribute.
        column_rows: int64 [H], row in ``attributes`` of each of ``columns``.
        columns: int64 [H], places of the candidates that have the attribute.
        relations: int8 [H], place in RELATIONS of the type that ties them.
    """

    attributes: EntityIds
    age_rows: Integers
    ages: Integers
    column_rows: Integers
    columns: Integers
    relations: npt.NDArray[np.int8]


class Through(NamedTuple):
    """Paths through other users, [N] each.

    Attributes:
        ages: int64, age of the user's rating.
        columns: int64, place of the candidate.
        others: int64, entityId of the other user.
        weights: float32, weight of WATCHED_ALIKE.
        steps: int64, place of the candidate in what the other user watched next, from 1.
    """

    ages: Integers
    columns: Integers
    others: EntityIds
    weights: Floats
    steps: Integers


class Expansion(NamedTuple):
    """All paths of one user's candidates. T ratings.

    Attributes:
        movies: int64 [T], entityIds of the movies that paths may go through, newest first: the age
            of a rating is its place here.
        ratings: float32 [T], stars, NaN where there are none.
        links: the paths over each derived relationship.
        shared: the paths through attributes.
        through: the paths through other users.
    """

    movies: EntityIds
    ratings: Floats
    links: dict[PathKind, Links]
    shared: Shared
    through: Through


class PathSource(Protocol):
    """Finds the paths of users' candidates."""

    def expand(self, asked: Sequence[Asked]) -> Iterator[Expansion]:
        """Yield the paths of each user in turn; no user may be asked for twice."""

    def scales(self) -> dict[PathKind, float]:
        """Return the root mean square of the weights of each derived relationship that exists."""


class GraphPaths:
    """Finds paths by Cypher; see the module's docstring.

    Args of the constructor:
        graph: the graph, with derived relationships.
        kinds: the kinds of paths to find; queries that only serve others do not run.
        weight: the property that holds the weights: pipeline.enrichment.derived.WEIGHT or
            EARLY_WEIGHT.
    """

    def __init__(self, graph: Graph, kinds: frozenset[PathKind], weight: str) -> None:
        self._graph, self._kinds, self._weight = graph, kinds, weight

    def expand(self, asked: Sequence[Asked]) -> Iterator[Expansion]:
        """Yield the paths of each user in turn; the queries run for all of them at once."""
        users = [
            {
                "user": each.user,
                "historyStart": each.start,
                "historyEnd": each.end,
                "movies": each.candidates.tolist(),
            }
            for each in asked
        ]
        attributes = PathKind.MAKER in self._kinds or PathKind.ACTOR in self._kinds
        shared: dict[int, Sequence[Any]] = {}
        through: dict[int, Sequence[Any]] = {}
        if attributes or PathKind.GENRE in self._kinds:
            records = self._graph.stream(load_query("paths/candidates_3"), users=users)
            shared = {user: lists for user, *lists in records}
        if PathKind.USERS in self._kinds:
            query = load_query("paths/candidates_3_users")
            records = self._graph.stream(query, users=users, weight=self._weight)
            through = {user: lists for user, *lists in records}
        query = load_query("paths/candidates_2")
        records = self._graph.stream(query, users=users, weight=self._weight)
        for each, (user, films, derived) in zip(asked, records, strict=True):
            if user != each.user:
                raise RuntimeError(f"{query.name} returned user {user} instead of {each.user}")
            ordered = sorted(films, key=lambda film: -film["position"])  # newest first
            stars = [film["rating"] for film in ordered]
            known = [np.nan if star is None else star for star in stars]
            place = _Places(each, [film["position"] for film in ordered])
            yield Expansion(
                EntityIds(np.array([film["movie"] for film in ordered], dtype=np.int64)),
                np.array(known, dtype=np.float32),
                _links(derived, place),
                _shared(shared.get(user, ((), (), (), ())), place),
                _through(through.get(user, ((), (), (), (), ())), place),
            )

    def scales(self) -> dict[PathKind, float]:
        """Return the root mean square of the weights of each derived relationship."""
        query = load_query("read/weight_scales")
        rows = self._graph.read(query, weight=self._weight)
        return {
            KIND_OF_RELATION[row["type"]]: row["scale"] for row in rows if row["scale"] is not None
        }


class _Places:
    """The ages and columns of one user's ratings and candidates."""

    def __init__(self, asked: Asked, positions: Sequence[int]) -> None:
        """``positions`` are those of the ratings, descending."""
        self._positions = -np.array(positions, dtype=np.int64)
        self._order = np.argsort(asked.candidates)
        self._sorted = asked.candidates[self._order]

    def ages(self, positions: Sequence[int]) -> Integers:
        return np.searchsorted(self._positions, -np.array(positions, dtype=np.int64))

    def columns(self, candidates: Sequence[int]) -> Integers:
        found = np.searchsorted(self._sorted, np.array(candidates, dtype=np.int64))
        return self._order[found]


def _links(derived: dict[str, Sequence[Any]], place: _Places) -> dict[PathKind, Links]:
    ages, columns = place.ages(derived["positions"]), place.columns(derived["candidates"])
    weights = np.array(derived["weights"], dtype=np.float32)
    kinds = np.array([KIND_OF_RELATION[each] for each in derived["types"]], dtype=np.int8)
    return {
        kind: Links(ages[kinds == kind], columns[kinds == kind], weights[kinds == kind])
        for kind in (PathKind.WATCHED_NEXT, PathKind.SIMILAR)
    }


def _shared(lists: Sequence[Sequence[Any]], place: _Places) -> Shared:
    attributes, positions, candidates, types = lists
    order = np.argsort(np.array(attributes, dtype=np.int64))
    row_of = np.empty_like(order)
    row_of[order] = np.arange(len(order))
    relations = [_PLACE[each] for each in chain.from_iterable(types)]
    return Shared(
        EntityIds(np.array(attributes, dtype=np.int64)[order]),
        np.repeat(row_of, _sizes(positions)),
        place.ages(list(chain.from_iterable(positions))),
        np.repeat(row_of, _sizes(candidates)),
        place.columns(list(chain.from_iterable(candidates))),
        np.array(relations, dtype=np.int8),
    )


def _sizes(lists: Sequence[Sequence[Any]]) -> Integers:
    return np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))


def _through(lists: Sequence[Sequence[Any]], place: _Places) -> Through:
    positions, others, weights, steps, candidates = lists
    return Through(
        place.ages(positions),
        place.columns(candidates),
        EntityIds(np.array(others, dtype=np.int64)),
        np.array(weights, dtype=np.float32),
        np.array(steps, dtype=np.int64),
    )
