"""Users who walk between a few tastes: which films they watch, one after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.arrays import Doubles, Integers, ranges

TASTES = 12
_OF_A_USER = np.array([0.6, 0.9, 1.0])  # cumulated shares of the three tastes of a user
_SWITCH, _WALK, _STEP = 0.08, 0.6, 0.02  # of a rating: new taste, walking on; mean step of a walk


@dataclass(frozen=True)
class Catalogue:
    """The films. M films.

    Attributes:
        num_users: number of users.
        tastes: int64 [M], the taste of each film.
        upto: float64 [M], sum of the popularity of the films up to each, from 0 to 1.
        quality: float64 [M], what the film adds to its stars.
        shelves: for each taste, its films in order of place, and the sum of the popularity up to
            each, from 0 to 1.
    """

    num_users: int
    tastes: Integers
    upto: Doubles
    quality: Doubles
    shelves: list[tuple[Integers, Doubles]]

    def __len__(self) -> int:
        """Return the number of films, M."""
        return len(self.tastes)


def tastes_of(number: int, rng: np.random.Generator) -> Integers:
    """Return three different tastes of each user, int64 [number, 3]."""
    return np.argsort(rng.random((number, TASTES)), axis=1)[:, : len(_OF_A_USER)]


def walks(
    films: Catalogue, tastes: Integers, sizes: Integers, rng: np.random.Generator
) -> tuple[Integers, Integers]:
    """Return rows of users and films, in the order of each walk; films may be there twice."""
    rows = np.repeat(np.arange(len(sizes)), sizes)
    new = rng.random(len(rows)) < _SWITCH
    new |= np.diff(rows, prepend=-1) > 0
    stretch = np.cumsum(new) - 1  # of films of one taste
    chosen = np.searchsorted(_OF_A_USER, rng.random(int(stretch[-1]) + 1), side="right")
    steps = np.cumsum(rng.exponential(_STEP, len(rows)))
    places = (rng.random(len(chosen))[stretch] + steps - steps[new][stretch]) % 1
    taste = tastes[rows, chosen[stretch]]
    found = np.searchsorted(films.upto[:-1], rng.random(len(rows)), side="right")
    walking = rng.random(len(rows)) < _WALK
    for number, (own, upto) in enumerate(films.shelves):
        here = walking & (taste == number)
        found[here] = own[np.searchsorted(upto[:-1], places[here], side="right")]
    return rows, found


def first_of_each(
    rows: Integers, found: Integers, sizes: Integers, num_films: int
) -> tuple[Integers, Integers]:
    """Return each user's first different films, at most ``sizes``, ordered by user."""
    _, first = np.unique(rows * num_films + found, return_index=True)
    first = first[np.lexsort((first, rows[first]))]
    counts = np.bincount(rows[first], minlength=len(sizes))
    kept = first[ranges(np.zeros_like(counts), counts) < np.repeat(sizes, counts)]
    return rows[kept], found[kept]
