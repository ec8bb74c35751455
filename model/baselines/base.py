"""The interface of all baselines and the interactions that they learn from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Generic, TypeVar

import numpy as np
from scipy.sparse import csr_array

from model.arrays import Booleans, Floats, Integers

Track = Callable[[Iterable[int]], Iterable[int]]  # wraps a loop to show its progress

Config = TypeVar("Config")


@dataclass(frozen=True)
class Interactions:
    """The users' histories in order, and the movies' attributes.

    Letters: U users, M movies, A attributes, I interactions, E attribute edges. All ids are dense
    rows: users 0..U-1, movies 0..M-1, attributes 0..A-1. A user may have no interactions. A movie
    may have no interactions and no attributes.

    Attributes:
        num_users: U.
        num_movies: M.
        num_attributes: A.
        users: int64 [I], ascending.
        movies: int64 [I], the oldest first within each user. No (user, movie) pair occurs twice.
        edges: int64 [E, 2], (movie, attribute).
        relations: int64 [E], the index of each edge's relation in ``relation_names``.
        relation_names: names of the relations, such as ("DIRECTED", "ACTED_IN", "IN_GENRE").
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
        """Bounds of the histories, int64 [U + 1]: user u has movies[offsets[u]:offsets[u + 1]]."""
        sizes = np.bincount(self.users, minlength=self.num_users)
        return np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)

    @cached_property
    def ages(self) -> Integers:
        """Steps back in the user's history, int64 [I]; 0 is the newest interaction."""
        return np.asarray(self.offsets[1:][self.users] - 1 - np.arange(len(self.users)), np.int64)

    @cached_property
    def popularity(self) -> Integers:
        """Number of interactions of each movie, int64 [M]."""
        return np.bincount(self.movies, minlength=self.num_movies).astype(np.int64)

    def matrix(self, decay: float = 1.0) -> csr_array:
        """Return users by movies, float64 [U, M], with entries decay ** age; without decay, 1."""
        shape = (self.num_users, self.num_movies)
        return csr_array((decay ** self.ages.astype(float), (self.users, self.movies)), shape=shape)

    def attribute_matrix(self, relation: str | None = None) -> csr_array:
        """Return movies by attributes, float64 [M, A], 1 at each edge (of this relation)."""
        edges = self.edges
        if relation is not None:
            edges = edges[self.relations == self.relation_names.index(relation)]
        edges = np.unique(edges, axis=0)
        shape = (self.num_movies, self.num_attributes)
        return csr_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=shape)

    def split(self, fraction: float) -> tuple[Interactions, Interactions]:
        """Return the first round((1 - fraction) n) of each user's n interactions, and the rest."""
        sizes = np.diff(self.offsets)
        first = np.rint((1 - fraction) * sizes).astype(np.int64)
        early = np.arange(len(self.users)) - self.offsets[self.users] < first[self.users]
        return self._part(early), self._part(~early)

    def _part(self, chosen: Booleans) -> Interactions:
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
    """A method that ranks movies for users: call ``fit`` once, then ``score``.

    The docstring of each subclass cites its source and lists the departures from it. The same
    configuration, seed and interactions give the same scores.

    Attributes:
        uses_seed: True if the scores depend on the seed. Other methods are run with one seed only.
    """

    uses_seed: ClassVar[bool] = True

    def __init__(self, config: Config, seed: int = 0) -> None:
        self.config = config
        self.seed = seed

    @abstractmethod
    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Train; wrap long loops in ``track``, as in ``for epoch in track(range(epochs))``."""

    @abstractmethod
    def score(self, users: Integers) -> Floats:
        """Return finite scores of all movies, float32 [b, M], for the users int64 [b].

        A higher score is a better one.
        """
