"""Pulls the paths of users' candidates from the graph, with one query per kind of last step.

cypher/paths/candidates_2.cypher finds paths over derived relationships, candidates_3 those through
attributes, candidates_3_users those through other users, and candidates_5 those through two people.
Each query returns the paths of a chunk of users, one record a user.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from model.arrays import Floats, Integers, ranges
from model.rkan_history.path_kinds import PathKind
from pipeline.graph import Graph
from pipeline.ids import EntityId, EntityIds
from pipeline.paths.kinds import DERIVED_KINDS, KIND_OF_RELATION, kinds_of_relations
from pipeline.queries import load_query

_HISTORY, _ATTRIBUTES = "paths/candidates_2", "paths/candidates_3"
_USERS, _PEOPLE = "paths/candidates_3_users", "paths/candidates_5"
# The kinds of paths that each query serves, beside the one that returns the history.
_QUERIES = {
    _ATTRIBUTES: frozenset({PathKind.MAKER, PathKind.ACTOR, PathKind.GENRE}),
    _USERS: frozenset({PathKind.USERS}),
    _PEOPLE: frozenset({PathKind.PEOPLE}),
}
_SESSIONS = 3  # queries that run at the same time


@dataclass(frozen=True)
class Asked:
    """A user whose candidates are to be reached. C candidates.

    Attributes:
        user: entityId of the user.
        start: position of the first rating that may be on a path.
        end: position after the last one.
        candidates: int64 [C], entityIds, none of them in the user's history.
        films: entityIds of the movies that someone who is not in the graph watched, oldest first;
            None for a user of the graph.
    """

    user: EntityId
    start: int
    end: int
    candidates: EntityIds
    films: EntityIds | None = None


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
        relations: int8 [H], place of the type that ties them, among the keys of kinds_of_relations.
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


class Chains(NamedTuple):
    """Paths of 5 hops through two people, [N] each.

    Attributes:
        ages: int64, age of the user's rating.
        columns: int64, place of the candidate.
        firsts: int64, entityId of the person who made or played in the movie of the rating.
        middles: int64, entityId of the movie between the two people.
        seconds: int64, entityId of the person who made or played in the candidate.
        relations: int8, place of the type that ties this one to the candidate, among the keys of
            kinds_of_relations.
    """

    ages: Integers
    columns: Integers
    firsts: EntityIds
    middles: EntityIds
    seconds: EntityIds
    relations: npt.NDArray[np.int8]


class Expansion(NamedTuple):
    """All paths of one user's candidates. T ratings.

    Attributes:
        movies: int64 [T], entityIds of the movies that paths may go through, newest first: the age
            of a rating is its place here.
        ratings: float32 [T], stars, NaN where there are none.
        links: the paths over each derived relationship.
        shared: the paths through attributes.
        through: the paths through other users.
        chains: the paths through two people.
    """

    movies: EntityIds
    ratings: Floats
    links: dict[PathKind, Links]
    shared: Shared
    through: Through
    chains: Chains


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
        scales: root mean square of these weights by relationship type, as MOVIELENS names it.
    """

    def __init__(
        self, graph: Graph, kinds: frozenset[PathKind], weight: str, scales: Mapping[str, float]
    ) -> None:
        self._graph, self._kinds, self._weight, self._scales = graph, kinds, weight, scales
        self._kind_of = kinds_of_relations(graph.schema)
        self._place_of = {relation: place for place, relation in enumerate(self._kind_of)}

    def expand(self, asked: Sequence[Asked]) -> Iterator[Expansion]:
        """Yield the paths of each user in turn.

        The queries run for all of these users, and at the same time.
        """
        users = [
            {
                "user": each.user,
                "historyStart": each.start,
                "historyEnd": each.end,
                "movies": each.candidates.tolist(),
                "films": None if each.films is None else each.films.tolist(),
            }
            for each in asked
        ]
        with ThreadPoolExecutor(max_workers=_SESSIONS) as pool:
            half = len(users) // 2  # the query over derived relationships takes longest
            halves = [part for part in (users[:half], users[half:]) if part]
            history = [pool.submit(self._read, _HISTORY, part) for part in halves]
            running = {
                name: pool.submit(self._read, name, users)
                for name, kinds in _QUERIES.items()
                if not kinds.isdisjoint(self._kinds)
            }
            found = {name: future.result() for name, future in running.items()}
            histories = [record for part in history for record in part.result()]
        shared, through, chains = (
            {user: lists for user, *lists in found.get(name, [])}
            for name in (_ATTRIBUTES, _USERS, _PEOPLE)
        )
        for each, (user, films, derived) in zip(asked, histories, strict=True):
            if user != each.user:
                raise RuntimeError(f"{_HISTORY} returned user {user} instead of {each.user}")
            ordered = sorted(films, key=lambda film: -film["position"])  # newest first
            stars = [film["rating"] for film in ordered]
            known = [np.nan if star is None else star for star in stars]
            place = _Places(each, [film["position"] for film in ordered])
            yield Expansion(
                EntityIds(np.array([film["movie"] for film in ordered], dtype=np.int64)),
                np.array(known, dtype=np.float32),
                _links(derived, place, self._kind_of),
                _shared(shared.get(user, ((), (), (), ())), place, self._place_of),
                _through(through.get(user, ((), (), (), (), ())), place),
                _chains(chains.get(user, ((),) * 7), place, self._place_of),
            )

    def scales(self) -> dict[PathKind, float]:
        """Return the root mean square of the weights of each derived relationship."""
        return {KIND_OF_RELATION[relation]: scale for relation, scale in self._scales.items()}

    def _read(self, name: str, users: list[dict[str, Any]]) -> list[Sequence[Any]]:
        query = load_query(name)
        parameters: dict[str, Any] = {"users": users}
        if "weight" in query.parameters:
            parameters["weight"] = self._weight
        return list(self._graph.stream(query, **parameters))


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


def _links(
    derived: dict[str, Sequence[Any]], place: _Places, kind_of: Mapping[str, PathKind]
) -> dict[PathKind, Links]:
    ages, columns = place.ages(derived["positions"]), place.columns(derived["candidates"])
    weights = np.array(derived["weights"], dtype=np.float32)
    kinds = np.array([kind_of[each] for each in derived["types"]], dtype=np.int8)
    return {
        kind: Links(ages[kinds == kind], columns[kinds == kind], weights[kinds == kind])
        for kind in DERIVED_KINDS
    }


def _shared(lists: Sequence[Sequence[Any]], place: _Places, place_of: Mapping[str, int]) -> Shared:
    attributes, positions, candidates, types = lists
    order = np.argsort(np.array(attributes, dtype=np.int64))
    row_of = np.empty_like(order)
    row_of[order] = np.arange(len(order))
    relations = [place_of[each] for each in chain.from_iterable(types)]
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


def _chains(lists: Sequence[Sequence[Any]], place: _Places, place_of: Mapping[str, int]) -> Chains:
    """Join the two halves of each path in the movie where they meet."""
    positions, firsts, first_movies, second_movies, seconds, candidates, types = lists
    ages, columns = place.ages(positions), place.columns(candidates)
    left = _distinct(ages, firsts, first_movies)
    relations = [place_of[each] for each in types]
    right = _distinct(second_movies, seconds, columns, relations)
    first_row = np.searchsorted(right[0], left[2])
    sizes = np.searchsorted(right[0], left[2], side="right") - first_row
    one = np.repeat(np.arange(len(sizes)), sizes)
    two = ranges(first_row, sizes)
    kept = left[1][one] != right[1][two]
    one, two = one[kept], two[kept]
    # of several relationships between a person and a candidate, the most informative comes first
    keys = np.stack([left[0][one], left[1][one], left[2][one], right[1][two], right[2][two]])
    _, chosen = np.unique(keys, axis=1, return_index=True)
    one, two = one[np.sort(chosen)], two[np.sort(chosen)]
    return Chains(
        left[0][one],
        right[2][two],
        EntityIds(left[1][one]),
        EntityIds(left[2][one]),
        EntityIds(right[1][two]),
        right[3][two].astype(np.int8),
    )


def _distinct(*columns: Sequence[int] | Integers) -> Integers:
    """Return the distinct rows of these columns in ascending order, int64 [columns, rows]."""
    table = np.array([np.asarray(column, dtype=np.int64) for column in columns])
    return np.unique(table, axis=1)
