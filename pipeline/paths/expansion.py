"""What a source of paths finds for a user's candidates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from model.arrays import Floats, Integers
from model.rkan_history.path_kinds import PathKind
from pipeline.ids import EntityId, EntityIds


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


class Linked(NamedTuple):
    """Paths over the owner's relationships between movies, [N] each.

    Attributes:
        ages: int64, age of the user's rating.
        columns: int64, place of the candidate.
        weights: float32, weight of the relationship, 1 where it has none.
        relations: int8, place of its type among the keys of kinds_of_relations.
    """

    ages: Integers
    columns: Integers
    weights: Floats
    relations: npt.NDArray[np.int8]


class Known(NamedTuple):
    """Paths over the owner's relationships between users, [N] each.

    Attributes:
        others: int64, entityId of the other user.
        columns: int64, place of the candidate.
        weights: float32, weight of the relationship, 1 where it has none.
        ages: int64, age of the other user's rating of the candidate.
        likings: float32, that rating in stars minus the other user's mean; 0 without one.
    """

    others: EntityIds
    columns: Integers
    weights: Floats
    ages: Integers
    likings: Floats


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
        linked: the paths over the owner's relationships between movies.
        known: the paths over the owner's relationships between users.
    """

    movies: EntityIds
    ratings: Floats
    links: dict[PathKind, Links]
    shared: Shared
    through: Through
    chains: Chains
    linked: Linked | None = None
    known: Known | None = None


class PathSource(Protocol):
    """Finds the paths of users' candidates."""

    def expand(self, asked: Sequence[Asked]) -> Iterator[Expansion]:
        """Read the paths, then return an iterator over those of each user in turn.

        No user may be asked for twice.
        """

    def scales(self) -> dict[PathKind, float]:
        """Return the root mean square of the weights of each derived relationship that exists."""
