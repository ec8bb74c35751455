"""The number of people behind what the stored paths say."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from pipeline.content.catalogue import Catalogue
from pipeline.evaluation.stored_paths import Stored
from pipeline.graph import Graph
from pipeline.recommendation.people import read_people

_PAIRS = 2_000  # pairs of movies in one query
_THROUGH_USER = 4  # entities on a path user, movie, other user, movie
_Ends = tuple[int, int, str]  # source, target and type of a relationship


@dataclass(frozen=True)
class Support:
    """The people behind the claims of a run.

    A claim is a stored WATCHED_NEXT or SIMILAR path, behind which stand the users of the
    relationship's ``people``; or all stored paths of one recommendation over one movie each of
    other users, behind which these users stand, each once.

    Attributes:
        claims: number of claims whose people are known.
        median: median number of people.
        low: 5 % quantile: 19 of 20 claims have at least as many people.
        worst: least number of people.
        missing: number of claims whose relationship the graph no longer holds.
    """

    claims: int
    median: float
    low: float
    worst: int
    missing: int


@dataclass
class Claims:
    """The claims of the recommendations that were added.

    Attributes:
        derived: number of stored paths over each WATCHED_NEXT or SIMILAR relationship.
        groups: number of claims by the number of other users on the paths.
    """

    derived: Counter[_Ends] = field(default_factory=Counter)
    groups: Counter[int] = field(default_factory=Counter)

    def add(self, stored: Stored, catalogue: Catalogue) -> None:
        """Count the claims of one recommendation."""
        others = set()
        for path in stored.paths:
            if path.relation in catalogue.schema.derived_relations:
                self.derived[path.film, stored.movie, path.relation] += 1
            elif len(path.entities) == _THROUGH_USER and (
                catalogue.kinds[path.shared] == catalogue.schema.user
            ):
                others.add(path.shared)
        if others:
            self.groups[len(others)] += 1

    def read(self, graph: Graph) -> Support | None:
        """Return the support, with the people read from the graph; None without claims."""
        times = Counter(self.groups)
        known = 0
        remaining = iter(sorted({ends[:2] for ends in self.derived}))
        while pairs := list(islice(remaining, _PAIRS)):
            for source, target, relation, people in read_people(graph, pairs):
                if people is not None:  # graphs of earlier versions lack it
                    count = self.derived[source, target, relation]
                    known += count
                    times[people] += count
        return summarised(times, self.derived.total() - known)


def summarised(times: Counter[int], missing: int = 0) -> Support | None:
    """Return the support where ``times[n]`` claims have n people; None without claims."""
    found = +times
    if not found:
        return None
    numbers = np.array(sorted(found), dtype=np.int64)
    people = np.repeat(numbers, [found[int(number)] for number in numbers])
    return Support(
        claims=len(people),
        median=float(np.median(people)),
        low=float(np.quantile(people, 0.05, method="lower")),
        worst=int(people[0]),
        missing=missing,
    )
