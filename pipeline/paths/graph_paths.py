"""Pulls the paths of users' candidates from the graph, with one query per kind of last step.

cypher/paths/candidates_2.cypher finds paths over derived relationships, candidates_3 those through
attributes, candidates_3_users those through other users, and candidates_5 those through two people.
candidates_2_linked and candidates_2_known find those over relationships between movies and between
users that the owner of the graph made. Each query returns the paths of a chunk of users: a record
for each movie, attribute or other user that they share, candidates_5 a record for each user.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from model.arrays import Integers, ranges
from model.rkan_history.path_kinds import PathKind
from pipeline.graph import Graph
from pipeline.ids import EntityIds
from pipeline.paths.expansion import Asked, Chains, Expansion
from pipeline.paths.factorised import AttributeRows, HistoryRows, OtherUserRows, Wanted
from pipeline.paths.kinds import KIND_OF_RELATION, kinds_of_relations
from pipeline.paths.linked import KnownRows, LinkedRows
from pipeline.queries import load_query

_HISTORY, _ATTRIBUTES = "paths/candidates_2", "paths/candidates_3"
_USERS, _PEOPLE = "paths/candidates_3_users", "paths/candidates_5"
_LINKED, _KNOWN = "paths/candidates_2_linked", "paths/candidates_2_known"
# The kinds of paths that each query serves, beside the one that returns the history.
_QUERIES = {
    _ATTRIBUTES: frozenset({PathKind.MAKER, PathKind.ACTOR, PathKind.GENRE}),
    _USERS: frozenset({PathKind.USERS}),
    _PEOPLE: frozenset({PathKind.PEOPLE}),
    _LINKED: frozenset({PathKind.LINKED}),
    _KNOWN: frozenset({PathKind.KNOWN}),
}
_SESSIONS = 3  # queries that run at the same time


class GraphPaths:
    """Finds paths by Cypher; see the module's docstring.

    Args of the constructor:
        graph: the graph, with derived relationships.
        kinds: the kinds of paths to find; queries that only serve others do not run.
        weight: the property that holds the weights: pipeline.enrichment.derived.WEIGHT or
            EARLY_WEIGHT.
        scales: root mean square of these weights by relationship type, as MOVIELENS names it.
        bounds: first position of each user's ratings that count for those who know the user, and
            the one after the last, by entityId; None if all of them do.
    """

    def __init__(
        self,
        graph: Graph,
        kinds: frozenset[PathKind],
        weight: str,
        scales: Mapping[str, float],
        bounds: Mapping[int, tuple[int, int]] | None = None,
    ) -> None:
        self._graph, self._kinds, self._weight, self._scales = graph, kinds, weight, scales
        self._bounds = bounds
        relations = kinds_of_relations(graph.schema)
        self._place_of = {relation: place for place, relation in enumerate(relations)}

    def expand(self, asked: Sequence[Asked]) -> Iterator[Expansion]:
        """Read the paths, then return an iterator over those of each user in turn.

        The queries run for all of these users, and at the same time.
        """
        if not asked:
            return iter(())
        wanted = Wanted(asked)
        found = self._read(asked, wanted)
        histories = HistoryRows(found.pop(_HISTORY), asked, wanted)
        attributes = AttributeRows(
            found.pop(_ATTRIBUTES, []), histories.movies, wanted, self._place_of
        )
        others = OtherUserRows(found.pop(_USERS, []), asked, wanted)
        chains = {user: lists for user, *lists in found.pop(_PEOPLE, [])}
        linked = LinkedRows(found.pop(_LINKED, []), histories.movies, wanted, self._place_of)
        known = KnownRows(found.pop(_KNOWN, []), asked, wanted, self._bounds)

        def expansions() -> Iterator[Expansion]:
            for at, each in enumerate(asked):
                films, positions, ratings = histories.of(at)
                place = _Places(each, positions)
                yield Expansion(
                    EntityIds(histories.movies[films]),
                    ratings,
                    histories.links(films, each.candidates),
                    attributes.shared(films, each.candidates),
                    others.through(at, positions, each.candidates),
                    _chains(chains.get(each.user, ((),) * 7), place, self._place_of),
                    linked.of(films, each.candidates),
                    known.of(at, each.candidates),
                )

        return expansions()

    def scales(self) -> dict[PathKind, float]:
        """Return the root mean square of the weights of each derived relationship."""
        return {KIND_OF_RELATION[relation]: scale for relation, scale in self._scales.items()}

    def _read(self, asked: Sequence[Asked], wanted: Wanted) -> dict[str, list[Sequence[Any]]]:
        """Return the records of each query that serves a kind."""
        own = PathKind.PEOPLE in self._kinds  # that query returns each user's paths by themselves
        users = [
            {
                "user": each.user,
                "historyStart": each.start,
                "historyEnd": each.end,
                "movies": each.candidates.tolist() if own else None,
                "films": None if each.films is None else each.films.tolist(),
            }
            for each in asked
        ]
        links = self._graph.schema.links
        values = {
            "users": users,
            "candidates": wanted.movies.tolist(),
            "weight": self._weight,
            "weightOf": {type_: link.weight or None for type_, link in links.items()},
            "directed": [type_ for type_, link in links.items() if link.directed],
        }

        def records(name: str) -> list[Sequence[Any]]:
            query = load_query(name)
            used = {key: value for key, value in values.items() if key in query.parameters}
            return self._graph.rows(query, **used)

        names = [_HISTORY]
        names += [name for name, kinds in _QUERIES.items() if not kinds.isdisjoint(self._kinds)]
        with ThreadPoolExecutor(max_workers=_SESSIONS) as pool:
            return dict(zip(names, pool.map(records, names), strict=True))


class _Places:
    """The ages and columns of one user's ratings and candidates."""

    def __init__(self, asked: Asked, positions: Integers) -> None:
        """``positions`` are those of the ratings, descending."""
        self._positions = -positions
        self._order = np.argsort(asked.candidates)
        self._sorted = asked.candidates[self._order]

    def ages(self, positions: Sequence[int]) -> Integers:
        return np.searchsorted(self._positions, -np.array(positions, dtype=np.int64))

    def columns(self, candidates: Sequence[int]) -> Integers:
        found = np.searchsorted(self._sorted, np.array(candidates, dtype=np.int64))
        return self._order[found]


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
