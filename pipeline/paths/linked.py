"""Paths over relationships that the owner of the graph made between movies or between users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from model.arrays import PADDING, Floats, Integers
from pipeline.ids import EntityIds
from pipeline.paths.expansion import Asked, Known, Linked
from pipeline.paths.factorised import Wanted, columns_of, integers, places_of
from pipeline.paths.ragged import Lists, flat, known

_NEWEST = 100  # movies of another user that paths lead to


class LinkedRows:
    """What a chunk's movies are linked with: the rows of candidates_2_linked."""

    def __init__(
        self,
        records: Sequence[Sequence[Any]],
        movies: EntityIds,
        wanted: Wanted,
        place_of: Mapping[str, int],
    ) -> None:
        """``movies`` are those of the histories; ``place_of`` numbers the relationship types."""
        self._wanted, self._any = wanted, bool(records)
        fields = columns_of(records, 4)
        rows, candidates = flat(fields[1])
        types = [place_of[each] for each in chain.from_iterable(fields[2])]
        weights = np.array(list(chain.from_iterable(fields[3])), dtype=np.float32)
        films = np.searchsorted(movies, integers(fields[0]))
        self._links = Lists(
            films[rows],
            len(movies),
            wanted.rows(candidates),
            weights,
            np.array(types, dtype=np.int8),
        )

    def of(self, films: Integers, candidates: EntityIds) -> Linked | None:
        """Return the paths from a history, rows of movies, to a user's candidates, if any."""
        if not self._any:
            return None
        ages, at = self._links.of(films)
        targets, weights, relations = (each[at] for each in self._links.values)
        columns = self._wanted.columns(candidates, targets)
        own = columns != PADDING
        return Linked(ages[own], columns[own], weights[own], relations[own])


class KnownRows:
    """What those whom a chunk's users know watched: the rows of candidates_2_known."""

    def __init__(
        self,
        records: Sequence[Sequence[Any]],
        asked: Sequence[Asked],
        wanted: Wanted,
        bounds: Mapping[int, tuple[int, int]] | None,
    ) -> None:
        """``bounds`` gives the positions that count, by entityId; None if all do."""
        self._wanted, self._any = wanted, bool(records)
        fields = columns_of(records, 6)
        self._others = integers(fields[0])
        owners, movies = flat(fields[3])
        positions = integers(chain.from_iterable(fields[4]))
        ratings = np.array(list(chain.from_iterable(fields[5])), dtype=np.float32)
        if bounds is not None:
            limits = [bounds.get(each, (0, 0)) for each in self._others.tolist()]
            first, end = np.array(limits, dtype=np.int64).reshape(-1, 2)[owners].T
            counts = (first <= positions) & (positions < end)
            owners, movies, ratings = owners[counts], movies[counts], ratings[counts]
        sizes = np.bincount(owners, minlength=len(self._others))
        ages = np.cumsum(sizes)[owners] - 1 - np.arange(len(owners))
        likings = _above_means(ratings, owners, len(self._others))
        kept, targets = known(wanted.movies, movies)
        newest = ages[kept] < _NEWEST
        kept, targets = kept[newest], targets[newest]
        self._movies = Lists(owners[kept], len(self._others), targets, ages[kept], likings[kept])
        rows, users = flat(fields[1])
        weights = np.array(list(chain.from_iterable(fields[2])), dtype=np.float32)
        self._known = Lists(places_of(asked, users), len(asked), rows, weights)

    def of(self, place: int, candidates: EntityIds) -> Known | None:
        """Return the paths of the user at this place, if anyone has any."""
        if not self._any:
            return None
        _, at = self._known.of(integers([place]))
        rows, weights = (each[at] for each in self._known.values)
        one, at = self._movies.of(rows)
        targets, ages, likings = (each[at] for each in self._movies.values)
        columns = self._wanted.columns(candidates, targets)
        own = columns != PADDING
        one = one[own]
        others = EntityIds(self._others[rows[one]])
        return Known(others, columns[own], weights[one], ages[own], likings[own])


def _above_means(ratings: Floats, owners: Integers, count: int) -> Floats:
    """Return ratings minus the mean of their owner's; 0 where there is none."""
    given = ~np.isnan(ratings)
    sums = np.bincount(owners[given], ratings[given], count)
    means = sums / np.maximum(np.bincount(owners[given], minlength=count), 1)
    return np.where(given, ratings - means[owners], 0).astype(np.float32)
