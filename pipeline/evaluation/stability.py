"""How far two runs, such as two seeds, recommend the same movies for the same reasons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from model.arrays import Doubles
from pipeline.errors import GraphContentError
from pipeline.evaluation.bootstrap import Measure, measured
from pipeline.evaluation.stored_paths import Stored
from pipeline.ranking.metrics import CUTOFF

_Path = tuple[int, str]  # the user's movie and the type of the last relationship


@dataclass(frozen=True)
class Stability:
    """The agreement of two runs, as means over users; 1 if they are the same.

    Attributes:
        against: name of the other run.
        lists: Jaccard index of the two top-10 lists of the users in both runs.
        common: number of recommendations in both runs with a stored path in both.
        first_kind: share of these whose first reasons end with the same type of relationship;
            None if there are none.
        paths: Jaccard index of their stored paths, each as the user's movie and the type of the
            last relationship; None if there are none.
    """

    against: str
    lists: Measure
    common: int
    first_kind: Measure | None
    paths: Measure | None


class Reasons:
    """The movies of each user's top-10 list in one run, with the stored paths to each of them."""

    def __init__(self) -> None:
        self._of: dict[int, dict[int, tuple[str | None, frozenset[_Path]]]] = {}

    def add(self, stored: Stored) -> None:
        """Add one recommendation; those after rank 10 are left out."""
        if stored.rank > CUTOFF:
            return
        first = stored.paths[0].relation if stored.paths else None
        paths = frozenset((path.film, path.relation) for path in stored.paths)
        self._of.setdefault(stored.user, {})[stored.movie] = first, paths

    def compared(self, other: Reasons, against: str) -> Stability:
        """Return the agreement with another run.

        Raises:
            GraphContentError: no user has recommendations in both runs.
        """
        lists: list[float] = []
        of_users: list[tuple[float, float]] = []
        common = 0
        for user in sorted(self._of.keys() & other._of.keys()):
            own, theirs = self._of[user], other._of[user]
            lists.append(jaccard(own.keys(), theirs.keys()))
            agreements = [
                (float(own[movie][0] == theirs[movie][0]), jaccard(own[movie][1], theirs[movie][1]))
                for movie in own.keys() & theirs.keys()
                if own[movie][1] and theirs[movie][1]
            ]
            common += len(agreements)
            if agreements:
                kinds, paths = np.mean(agreements, axis=0).tolist()
                of_users.append((kinds, paths))
        if not lists:
            raise GraphContentError(f"run {against} recommends to none of these users")
        first_kind, stored = measured(_table(of_users)) if of_users else (None, None)
        return Stability(against, measured(_table(lists))[0], common, first_kind, stored)


def jaccard(own: Iterable[object], theirs: Iterable[object]) -> float:
    """Return the size of the intersection divided by that of the union; 1 for two empty sets."""
    one, two = set(own), set(theirs)
    return len(one & two) / len(one | two) if one or two else 1.0


def _table(values: list[float] | list[tuple[float, float]]) -> Doubles:
    return np.array(values, dtype=np.float64).reshape(len(values), -1)
