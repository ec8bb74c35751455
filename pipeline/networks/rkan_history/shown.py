"""The order in which a recommendation's paths are shown, which never changes the ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp, sqrt

from model.rkan_history.path_kinds import PathKind
from pipeline.ids import EntityId

_RECENCY = 100.0  # age at which a path appeals 1 / e as much
_LIKING = 0.5  # how much a star more, or less, than the user's mean counts
_REPEATED = 0.6  # factor on a kind for each time that it already comes first on the user's list
_FAINT = 0.03  # share of the evidence below which a kind does not come before others


@dataclass(frozen=True)
class ReasonPath:
    """A path as a reason for a recommendation.

    Attributes:
        entities: entityIds from user to movie.
        kind: kind of the path.
        relation: type of the relationship that leads to the movie.
        evidence: its summand of the score.
        age: number of movies that the user watched after the one on the path.
        liking: half the rating of that movie minus the user's mean; 0 without a rating.
        telling: False for genres that many movies have.
    """

    entities: tuple[EntityId, ...]
    kind: PathKind
    relation: str
    evidence: float
    age: int
    liking: float
    telling: bool = True

    @cached_property
    def appeal(self) -> float:
        """The evidence, greater for movies that the user liked and for recent ones."""
        return self.evidence * exp(_LIKING * 2 * self.liking - self.age / _RECENCY)


def in_order_of_showing(
    paths: Sequence[ReasonPath], leading: Mapping[PathKind, int]
) -> list[ReasonPath]:
    """Return the paths with the best of each kind first, then the others.

    A path through a movie that the user rated below the own mean comes after all others, and one
    through common genres after those that say more. Kinds are ordered by the root of their best
    path's appeal as a share of all, so that rare kinds are seen, and less often the more movies of
    the same list they already explain. Kinds with hardly any evidence come after the others.

    Args:
        paths: the paths of one recommendation.
        leading: how many earlier movies of the user's list each kind comes first for.
    """
    total = sum(path.appeal for path in paths) or 1.0
    evidence = sum(path.evidence for path in paths) or 1.0
    shares = dict.fromkeys(PathKind, 0.0)
    for path in paths:
        shares[path.kind] += path.evidence / evidence
    best: dict[PathKind, ReasonPath] = {}
    ordered = sorted(paths, key=_strength)
    for path in ordered:
        best.setdefault(path.kind, path)

    def rank(path: ReasonPath) -> tuple[bool, bool, bool, float]:
        value = sqrt(path.appeal / total) * _REPEATED ** leading.get(path.kind, 0)
        return path.liking < 0, not path.telling, shares[path.kind] < _FAINT, -value

    first = sorted(best.values(), key=rank)
    chosen = set(map(id, first))
    rest = [path for path in ordered if id(path) not in chosen]
    return sorted(first + rest, key=lambda path: (path.liking < 0, not path.telling))


def _strength(path: ReasonPath) -> tuple[bool, bool, float, tuple[EntityId, ...], PathKind]:
    return path.liking < 0, not path.telling, -path.appeal, path.entities, path.kind
