"""What every baseline learns from, and what it must be able to do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Scores = npt.NDArray[np.float32]
Track = Callable[[Iterable[int]], Iterable[int]]  # wraps a loop, to show its progress

Config = TypeVar("Config")


@dataclass(frozen=True)
class Interactions:
    """Who watched what in which order, and the movies' attributes.

    Letters: U users, M movies, A attributes, I interactions, E attribute edges. All ids are dense
    rows: users 0..U-1, movies 0..M-1, attributes 0..A-1. A user or movie may have none.

    Attributes:
        num_users: U.
        num_movies: M.
        num_attributes: A.
        users: int64 [I], ascending.
        movies: int64 [I]; within a user in the order of the history, the oldest first. No
            (user, movie) comes twice.
        edges: int64 [E, 2], (movie, attribute).
        relations: int64 [E], the place of each edge's relation in ``relation_names``.
        relation_names: for example ("DIRECTED", "ACTED_IN", "WROTE", "IN_GENRE").
    """

    num_users: int
    num_movies: int
    num_attributes: int
    users: Integers
    movies: Integers
    edges: Integers
    relations: Integers
    relation_names: tuple[str, ...]

    @cached_property
    def offsets(self) -> Integers:
        """int64 [U + 1]; user u's movies are movies[offsets[u]:offsets[u + 1]]."""
        sizes = np.bincount(self.users, minlength=self.num_users)
        return np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)

    @cached_property
    def ages(self) -> Integers:
        """Steps back in the user's history, 0 for the newest; int64 [I]."""
        return np.asarray(self.offsets[1:][self.users] - 1 - np.arange(len(self.users)), np.int64)

    @cached_property
    def popularity(self) -> Integers:
        """Interactions of each movie, int64 [M]."""
        return np.bincount(self.movies, minlength=self.num_movies).astype(np.int64)

    def matrix(self, decay: float = 1.0) -> csr_array:
        """Users by movies, float64 [U, M], entries decay ** age; 1 throughout without decay."""
        shape = (self.num_users, self.num_movies)
        return csr_array((decay ** self.ages.astype(float), (self.users, self.movies)), shape=shape)

    def attribute_matrix(self, relation: str | None = None) -> csr_array:
        """Movies by attributes, float64 [M, A], 1 where they are joined (by this relation)."""
        edges = self.edges
        if relation is not None:
            edges = edges[self.relations == self.relation_names.index(relation)]
        edges = np.unique(edges, axis=0)
        shape = (self.num_movies, self.num_attributes)
        return csr_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=shape)

    def split(self, fraction: float) -> tuple[Interactions, Interactions]:
        """Each user's first round((1 - fraction) n) interactions, and the rest."""
        sizes = np.diff(self.offsets)
        first = np.rint((1 - fraction) * sizes).astype(np.int64)
        early = np.arange(len(self.users)) - self.offsets[self.users] < first[self.users]
        return self._part(early), self._part(~early)

    def _part(self, chosen: npt.NDArray[np.bool_]) -> Interactions:
        return Interactions(
            self.num_users,
            self.num_movies,
            self.num_attributes,
            self.users[chosen],
            self.movies[chosen],
            self.edges,
            self.relations,
            self.relation_names,
        )


class Baseline(ABC, Generic[Config]):
    """A method that ranks movies for users: ``fit`` once, then ``score``.

    Subclasses cite their source in the class docstring and say where they depart from it. The same
    configuration, seed and interactions give the same scores.

    Attributes:
        uses_seed: whether the seed changes anything; a method without draws is run once only.
    """

    uses_seed: ClassVar[bool] = True

    def __init__(self, config: Config, seed: int = 0) -> None:
        self.config = config
        self.seed = seed

    @abstractmethod
    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Learn; long loops go through ``track``, as in ``for epoch in track(range(epochs))``."""

    @abstractmethod
    def score(self, users: Integers) -> Scores:
        """float32 [b, M], higher is better, finite, for the users int64 [b]."""


def tuned(
    default: float | int,
    low: float | int | None = None,
    high: float | int | None = None,
    *,
    log: bool = False,
    choices: tuple[float | int, ...] | None = None,
) -> Any:
    """A configuration's field with the range, or the choices, that tuning searches."""
    return field(
        default=default, metadata={"low": low, "high": high, "log": log, "choices": choices}
    )
