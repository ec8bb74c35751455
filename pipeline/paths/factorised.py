"""Paths of many users that share their middles: read once, told apart here.

What leaves a movie, and which attributes it has, is the same for all users. So the queries return
it once for a chunk of users, and the paths of a user are the combinations of their own movies and
candidates. F movies of histories, W candidates of all users of the chunk, A attributes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from model.arrays import PADDING, Floats, Integers
from model.rkan_history.path_kinds import PathKind
from pipeline.ids import EntityIds
from pipeline.paths.expansion import Asked, Links, Shared, Through
from pipeline.paths.ragged import Lists, flat, known


class Wanted:
    """The candidates of a chunk of users, and the places of one user's among them.

    Attributes:
        movies: int64 [W], entityIds, ascending.
    """

    def __init__(self, asked: Sequence[Asked]) -> None:
        listed = [each.candidates for each in asked]
        self.movies = EntityIds(np.unique(np.concatenate(listed)) if listed else integers([]))
        self._columns = np.full(len(self.movies), PADDING, dtype=np.int64)

    def rows(self, movies: Integers) -> Integers:
        """Return the rows of some of these movies, int64."""
        return np.searchsorted(self.movies, movies)

    def columns(self, candidates: EntityIds, rows: Integers) -> Integers:
        """Return the place in one user's ``candidates`` of each of ``rows``; PADDING if in none."""
        own = self.rows(candidates)
        self._columns[own] = np.arange(len(own))
        found = self._columns[rows]
        self._columns[own] = PADDING
        return found


class HistoryRows:
    """The movies of a chunk of users, and what they lead to: the rows of candidates_2.

    Attributes:
        movies: int64 [F], entityIds, ascending.
    """

    def __init__(
        self, records: Sequence[Sequence[Any]], asked: Sequence[Asked], wanted: Wanted
    ) -> None:
        self._wanted = wanted
        fields = columns_of(records, 8)
        self.movies = EntityIds(integers(fields[0]))
        films, users = flat(fields[1])
        self._positions = integers(chain.from_iterable(fields[2]))
        self._ratings = np.array(list(chain.from_iterable(fields[3])), dtype=np.float32)
        self._films = films
        places = places_of(asked, users)
        newest = np.lexsort((-self._positions, places))
        self._newest = Lists(places[newest], len(asked), newest)
        self._links = {
            kind: self._lists(*fields[at : at + 2])
            for kind, at in ((PathKind.WATCHED_NEXT, 4), (PathKind.SIMILAR, 6))
        }

    def _lists(self, candidates: Sequence[Any], weights: Sequence[Any]) -> Lists:
        films, targets = flat(candidates)
        values = np.array(list(chain.from_iterable(weights)), dtype=np.float32)
        return Lists(films, len(self.movies), self._wanted.rows(targets), values)

    def of(self, place: int) -> tuple[Integers, Integers, Floats]:
        """Return the history of the user at this place, newest first, [T] each.

        The rows of its movies, their positions, and their ratings in stars (NaN without).
        """
        _, at = self._newest.of(integers([place]))
        at = self._newest.values[0][at]
        return self._films[at], self._positions[at], self._ratings[at]

    def links(self, films: Integers, candidates: EntityIds) -> dict[PathKind, Links]:
        """Return the paths over derived relationships from a history to a user's candidates."""
        found = {}
        for kind, lists in self._links.items():
            ages, at = lists.of(films)
            targets, weights = lists.values
            columns = self._wanted.columns(candidates, targets[at])
            own = columns != PADDING
            found[kind] = Links(ages[own], columns[own], weights[at[own]])
        return found


class AttributeRows:
    """What a chunk's movies and candidates have in common: the rows of candidates_3."""

    def __init__(
        self,
        records: Iterable[Sequence[Any]],
        movies: EntityIds,
        wanted: Wanted,
        place_of: Mapping[str, int],
    ) -> None:
        """``place_of`` numbers the relationship types; ``movies`` are those of the histories."""
        fields = columns_of(records, 4)
        self._ids = integers(fields[0])
        self._wanted = wanted
        rows, films = flat(fields[1])
        self._of_films = Lists(np.searchsorted(movies, films), len(movies), rows)
        rows, candidates = flat(fields[2])
        relations = np.array(
            [place_of[each] for each in chain.from_iterable(fields[3])], dtype=np.int8
        )
        owners = wanted.rows(candidates)
        self._of_candidates = Lists(owners, len(wanted.movies), rows, relations)

    def shared(self, films: Integers, candidates: EntityIds) -> Shared:
        """Return the paths through attributes from a history to a user's candidates."""
        ages, at = self._of_films.of(films)
        age_rows = self._of_films.values[0][at]
        columns, at = self._of_candidates.of(self._wanted.rows(candidates))
        column_rows, relations = (each[at] for each in self._of_candidates.values)
        watched = np.zeros(len(self._ids), dtype=np.bool_)
        watched[age_rows] = True
        own = watched[column_rows]
        columns, column_rows, relations = columns[own], column_rows[own], relations[own]
        both = np.unique(column_rows)
        row_of = np.full(len(self._ids), PADDING, dtype=np.int64)
        row_of[both] = np.arange(len(both))
        of_both = row_of[age_rows] != PADDING
        return Shared(
            EntityIds(self._ids[both]),
            row_of[age_rows[of_both]],
            ages[of_both],
            row_of[column_rows],
            columns,
            relations,
        )


class OtherUserRows:
    """What others watched after what a chunk's users watched: the rows of candidates_3_users."""

    def __init__(
        self, records: Sequence[Sequence[Any]], asked: Sequence[Asked], wanted: Wanted
    ) -> None:
        self._wanted = wanted
        fields = columns_of(records, 5)
        rows, users = flat(fields[1])
        others = integers(fields[0])[rows]
        positions = integers(chain.from_iterable(fields[2]))
        weights = np.array(list(chain.from_iterable(fields[3])), dtype=np.float32)
        pairs, movies = flat(list(chain.from_iterable(fields[4])))
        steps = np.arange(len(pairs)) - np.searchsorted(pairs, pairs) + 1
        kept, targets = known(wanted.movies, movies)
        pairs = pairs[kept]
        values = (positions[pairs], others[pairs], weights[pairs], steps[kept], targets)
        self._paths = Lists(places_of(asked, users)[pairs], len(asked), *values)

    def through(self, place: int, newest: Integers, candidates: EntityIds) -> Through:
        """Return the paths through other users of the user at this place.

        ``newest`` are the positions of the user's ratings, descending.
        """
        _, at = self._paths.of(integers([place]))
        positions, others, weights, steps, targets = (each[at] for each in self._paths.values)
        columns = self._wanted.columns(candidates, targets)
        own = columns != PADDING
        return Through(
            np.searchsorted(-newest, -positions[own]),
            columns[own],
            EntityIds(others[own]),
            weights[own],
            steps[own],
        )


def columns_of(records: Iterable[Sequence[Any]], count: int) -> list[Any]:
    """Return the ``count`` columns of these records in order of the first one, an entityId."""
    ordered = sorted(records, key=lambda record: int(record[0]))
    return list(zip(*ordered, strict=True)) or [()] * count


def places_of(asked: Sequence[Asked], users: Integers) -> Integers:
    """Return the place among ``asked`` of each of these users, int64."""
    ids = integers([each.user for each in asked])
    order = np.argsort(ids)
    return order[np.searchsorted(ids[order], users)] if len(ids) else users


def integers(values: Iterable[int]) -> Integers:
    """Return the values as an array, int64."""
    return np.array(list(values), dtype=np.int64)
