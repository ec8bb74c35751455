"""The path metrics LIR, SEP, LID, SED, PTD, PTC and PPT of the first stored paths.

Balloccu, Boratto, Fenu and Marras define LIR, SEP and the diversity of path types in "Post
Processing Recommender Systems with Knowledge Graphs for Recency, Popularity, and Diversity of
Explanations" (SIGIR 2022). The code of their "Reinforcement recommendation reasoning through
knowledge graphs for explanation path quality" (Knowledge-Based Systems, 2023) adds LID, SED and
the concentration of path types. The hopwise library of the same group implements them all and adds
PPT. Where the three differ, we follow hopwise; each function says where.

All metrics are between 0 and 1. They are computed on the first stored path of each recommendation,
for each user's list, then averaged over the users with a path. Recommendations without a path are
left out. hopwise averages LIR and SEP over all paths instead of users.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.signal import lfilter

from model.arrays import Doubles, Integers
from pipeline.content.catalogue import Catalogue
from pipeline.content.histories import Histories
from pipeline.evaluation.bootstrap import Measure, measured
from pipeline.evaluation.stored_paths import Relations, Stored, StoredPath
from pipeline.graph import Graph
from pipeline.paths.kinds import kinds_of_relations
from pipeline.queries import load_query

NAMES = ("LIR", "SEP", "LID", "SED", "PTD", "PTC", "PPT")

_PATTERNS = 13
"""Number of patterns of 2 and 3 hops, by the types of their relationships: RATED and WATCHED_NEXT
or SIMILAR (2), RATED and two of DIRECTED, WROTE and ACTED_IN (9), RATED and IN_GENRE twice, RATED
three times."""


def exponential_average(values: Doubles) -> Doubles:
    """Return an exponentially weighted moving average of values, scaled to [0, 1], float64 [n].

    The paper of 2022 defines a(1) = v(1) and a(i) = (1 - beta) a(i - 1) + beta v(i). Its code takes
    beta = 2 / 11; the code of 2023 and hopwise take beta = 2 / (n + 1), as we do. All of them leave
    out the bias towards the first value: a(i) is the sum of (1 - beta)^(i - j) v(j) over j <= i,
    divided by the sum of these weights. As in hopwise, equal values are replaced by their places.
    A single value becomes 0, as the papers' code counts users with a single rating.

    Args:
        values: float64 [n], ascending, n >= 1.
    """
    if len(values) == 1:
        return np.zeros(1)
    if values[0] == values[-1]:
        values = np.arange(len(values), dtype=np.float64)
    kept = [1.0, -(1 - 2 / (len(values) + 1))]
    shifted = values - values[0]  # timestamps are large
    sums, weights = (lfilter([1.0], kept, each) for each in (shifted, np.ones(len(values))))
    average = sums / weights  # float64 [n]
    scaled: Doubles = (average - average.min()) / (average.max() - average.min())
    return scaled


def recency(films: Integers, timestamps: Doubles) -> dict[int, float]:
    """Return the LIR (linking interaction recency) of each movie of a user; 1 for the newest.

    It is the scaled exponential average of the user's timestamps, as in hopwise and the code of
    2023. The code of 2022 averages places in the history.

    Args:
        films: entityIds of the user's movies, the earliest first.
        timestamps: float64, when each was rated, ascending; 0, for an unknown time, becomes the
            time before it.
    """
    averages = exponential_average(np.maximum.accumulate(timestamps))
    return dict(zip(films.tolist(), averages.tolist(), strict=True))


def popularity(kinds: Sequence[str], degrees: Integers) -> Doubles:
    """Return the SEP (shared entity popularity) of each entity, float64 [N].

    It is the scaled exponential average of the degrees of all entities of the same label, in
    ascending order. hopwise gives entities of the same degree different values, by the order in
    which they were read. We give them the mean of these values.

    Args:
        kinds: [N], the label of each entity.
        degrees: int64 [N], number of relationships of each entity.
    """
    values = np.zeros(len(kinds))
    labels = np.array(kinds)
    for label in np.unique(labels):
        (own,) = np.nonzero(labels == label)
        order = own[np.argsort(degrees[own], kind="stable")]
        averages = exponential_average(degrees[order].astype(np.float64))
        _, group = np.unique(degrees[order], return_inverse=True)
        means = np.bincount(group, averages) / np.bincount(group)
        values[order] = means[group]
    return values


def degrees(catalogue: Catalogue, histories: Histories) -> Integers:
    """Return the number of relationships of each entity, int64 [N].

    As in hopwise, these are the ratings and the relationships of movies with people and genres.
    Derived relationships are left out.
    """
    count = len(catalogue.kinds)
    degrees = np.bincount(catalogue.edges.ravel(), minlength=count)
    degrees += np.bincount(histories.movies, minlength=count)
    degrees[histories.user_entities] += histories.sizes
    return degrees.astype(np.int64)


def different(values: Sequence[Hashable], possible: int | None = None) -> float:
    """Return the number of different values divided by their number, or by ``possible`` if less.

    LID (linking interaction diversity) is that of the user's movies on the paths. SED (shared
    entity diversity) is that of the last entities before the recommended movies. PTD (path type
    diversity) is that of the types of the last relationships, of which
    ``possible`` may occur. The
    code of both papers divides by the number of possible types even if the list is shorter; we
    follow hopwise. PPT (path pattern type) is that of the sequences of all types, at most 1.
    hopwise divides by the number of patterns that its settings allow, we by that of all paths of 2
    and 3 hops.
    """
    most = len(values) if possible is None else min(len(values), possible)
    return min(len(set(values)) / most, 1.0)


def concentration(types: Sequence[Hashable]) -> float:
    """Return the PTC (path type concentration): the chance that two paths differ in type.

    It is 1 - sum n (n - 1) / (N (N - 1)) for n paths of each type and N in all, Simpson's index
    subtracted from 1. In spite of the name, it is higher where types are less concentrated. It is 0
    for a single path. hopwise and the code of 2023 agree.
    """
    count = len(types)
    if count < 2:
        return 0.0
    same = sum(number * (number - 1) for number in Counter(types).values())
    return 1 - same / (count * (count - 1))


@dataclass
class FirstPaths:
    """The first stored path of each recommendation, by user."""

    of: dict[int, list[StoredPath]] = field(default_factory=dict)

    def add(self, stored: Stored) -> None:
        """Add one recommendation; without a path it is left out."""
        if stored.paths:
            self.of.setdefault(stored.user, []).append(stored.paths[0])

    def read(
        self, graph: Graph, catalogue: Catalogue, histories: Histories, relations: Relations
    ) -> dict[str, Measure] | None:
        """Return the metrics by name, with timestamps from the graph; None without paths."""
        if not self.of:
            return None
        recent: dict[int, dict[int, float]] = {}
        for row, (timestamps,) in enumerate(graph.stream(load_query("read/rating_times"))):
            user = int(histories.user_entities[row])
            if user in self.of:
                films = histories.movies_of(row).astype(np.int64)
                recent[user] = recency(films, np.array(timestamps, dtype=np.float64))
        popular = popularity(catalogue.kinds, degrees(catalogue, histories))
        lists = (
            list_quality(paths, recent[user], popular, relations) for user, paths in self.of.items()
        )
        table = np.array(list(lists), dtype=np.float64)
        return dict(zip(NAMES, measured(table), strict=True))


def list_quality(
    paths: Sequence[StoredPath],
    recent: Mapping[int, float],
    popular: Doubles,
    relations: Relations,
) -> tuple[float, ...]:
    """Return the metrics of one user's list in the order of NAMES.

    Args:
        paths: the first path of each recommendation, at least one.
        recent: the LIR of the user's movies; a movie that is not there counts as 0.
        popular: the SEP of each entity.
        relations: the types of relationships.
    """
    types = [path.relation for path in paths]
    return (
        float(np.mean([recent.get(path.film, 0.0) for path in paths])),
        float(np.mean([popular[path.shared] for path in paths])),
        different([path.film for path in paths]),
        different([path.shared for path in paths]),
        different(types, len(kinds_of_relations(relations.schema))),
        concentration(types),
        different([relations.of_path(path) for path in paths], _PATTERNS),
    )
