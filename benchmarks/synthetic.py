"""Ratings and films with the statistics of MovieLens-32M, as arrays, in chunks of users.

- A user has 20 ratings and a log-normal number more (median 71, mean about 160).
- The popularity of films follows a Zipf-Mandelbrot law: two in five users watched the first
  film, and the last films have a few ratings each.
- Films belong to tastes and have a place within their taste. A user has three tastes and walks in
  one for a while, to films a little further on, before moving to another; in between they watch
  what everyone watches. So films follow films, and some users watch alike. A walk starts anywhere
  in the summed popularity of its taste, so it visits films as often as they are popular.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.walks import TASTES, Catalogue, first_of_each, tastes_of, walks
from model.arrays import Doubles, Integers

USERS, FILMS = 200_000, 87_000  # at fraction 1
LEAST = 20  # ratings of a user
_MEDIAN, _SIGMA = 51.0, 1.42  # of the log-normal number of ratings beyond LEAST
_MOST = 0.25  # share of all films that the busiest users rated
_ZIPF, _SHIFT = 1.75, 120.0
_ROUNDS = 6  # of walks, before the busiest users take any film
_USERS_PER_CHUNK = 500
_FIRST, _LAST = 820_000_000, 1_690_000_000  # time stamps, from 1996 to 2023


class Chunk(NamedTuple):
    """The ratings of some users, each user's in order of time, [I] each.

    Attributes:
        users: int64, numbers from 0.
        films: int64, numbers from 0, each at most once per user.
        stars: float64, 0.5 to 5 in half stars.
        times: int64, seconds since 1970.
    """

    users: Integers
    films: Integers
    stars: Doubles
    times: Integers


def catalogue(fraction: float, seed: int) -> Catalogue:
    """Return the films of a part of the data: fraction of the users, its root of the films."""
    rng = np.random.default_rng((seed, 0))
    films = max(200, round(FILMS * fraction**0.5))
    popularity = rng.permutation((np.arange(films) + _SHIFT) ** -_ZIPF)
    popularity /= popularity.sum()
    tastes = rng.integers(0, TASTES, films)
    shelves = []
    for taste in range(TASTES):
        own = rng.permutation(np.flatnonzero(tastes == taste))
        shelves.append((own, np.cumsum(popularity[own]) / popularity[own].sum()))
    quality = rng.normal(0, 0.5, films)
    users = max(10, round(USERS * fraction))
    return Catalogue(users, tastes, np.cumsum(popularity), quality, shelves)


def chunks(films: Catalogue, seed: int) -> Iterator[Chunk]:
    """Yield the ratings of all users, some hundred users at a time."""
    for first in range(0, films.num_users, _USERS_PER_CHUNK):
        users = np.arange(first, min(first + _USERS_PER_CHUNK, films.num_users))
        yield _chunk(films, users, np.random.default_rng((seed, 1, first)))


def _chunk(films: Catalogue, users: Integers, rng: np.random.Generator) -> Chunk:
    most = int(len(films) * _MOST)
    more = np.exp(rng.normal(np.log(_MEDIAN), _SIGMA, len(users)))
    sizes = np.minimum(LEAST + more.astype(np.int64), most)
    tastes = tastes_of(len(users), rng)
    rows, found = np.zeros((2, 0), dtype=np.int64)
    missing, rounds = sizes, 0
    while missing.any():
        extra, drawn = walks(films, tastes, 2 * missing, rng)
        if (rounds := rounds + 1) > _ROUNDS:
            drawn = rng.integers(0, len(films), len(extra))
        rows, found = np.concatenate([rows, extra]), np.concatenate([found, drawn])
        rows, found = first_of_each(rows, found, sizes, len(films))
        missing = sizes - np.bincount(rows, minlength=len(users))
    means = rng.normal(3.3, 0.4, len(users))[rows] + films.quality[found]
    means += 0.4 * (films.tastes[found] == tastes[rows, 0])
    stars = np.clip(np.round(2 * rng.normal(means, 0.8)), 1, 10) / 2
    return Chunk(users[rows], found, stars, _times(rows, len(users), rng))


def _times(rows: Integers, users: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return ascending times of each user: seconds between films, weeks between sessions."""
    breaks = rng.random(len(rows)) < 1 / 40
    gaps = rng.exponential(np.where(breaks, 1.5e6, 20.0)).astype(np.int64)
    total = np.cumsum(gaps)
    starts = np.searchsorted(rows, np.arange(users))
    return (rng.integers(_FIRST, _LAST, users) - total[starts])[rows] + total
