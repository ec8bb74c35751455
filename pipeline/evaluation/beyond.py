"""Metrics beyond accuracy: novelty, diversity, coverage and the explained share of lists.

None of them says how good a list is: movies drawn at random are newer and more varied than any
method's. Read them beside the accuracy. Letters: U users, K places of the longest list.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.arrays import PADDING, Doubles, Integers
from pipeline.content.catalogue import Catalogue
from pipeline.content.histories import Histories
from pipeline.ranking.metrics import CUTOFF

NOVELTY, DIVERSITY = f"novelty@{CUTOFF}", f"diversity@{CUTOFF}"
COVERAGE, EXPLAINED = f"coverage@{CUTOFF}", "explained"
BEYOND = (NOVELTY, DIVERSITY, COVERAGE, EXPLAINED)


@dataclass(frozen=True)
class Background:
    """The data that the metrics of any method's lists are based on. N entities.

    Attributes:
        popularity: int64 [N], number of training ratings of each entity.
        users: number of users with training ratings.
        candidates: number of movies with training ratings.
        starts: int64 [N + 1]; entity e's attributes are attributes[starts[e]:starts[e + 1]].
        attributes: int64, entityIds of people and genres, each once per movie.
    """

    popularity: Integers
    users: int
    candidates: int
    starts: Integers
    attributes: Integers


def background(training: Histories, catalogue: Catalogue) -> Background:
    """Return the background from the full histories, even if a method learned from cut ones."""
    entities = len(catalogue.kinds)
    popularity = np.bincount(training.movies, minlength=entities).astype(np.int64)
    edges = np.unique(catalogue.edges.reshape(-1, 2), axis=0)
    sizes = np.bincount(edges[:, 0], minlength=entities)
    return Background(
        popularity=popularity,
        users=int((training.sizes > 0).sum()),
        candidates=int((popularity > 0).sum()),
        starts=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        attributes=edges[:, 1].astype(np.int64),
    )


def novelty(top: Integers, popularity: Integers, users: int) -> Doubles:
    """Return novelty@10 of each list, [U], in bits.

    It is the mean of -log2(popularity(m) / users) over the movies m of the top 10: the mean
    self-information of Zhou et al. (PNAS 2010), which is the popularity-based novelty of Vargas and
    Castells (RecSys 2011) without discount by rank. A movie that everyone rated counts as 0, and a
    movie that nobody rated as if one user had. An empty list has novelty 0.

    Args:
        top: int64 [U, K], entityIds, best first, then PADDING.
        popularity: int64 by entityId, number of users who rated each movie in training.
        users: number of users with training ratings.
    """
    shown = top[:, :CUTOFF]
    present = shown != PADDING
    bits = -np.log2(np.maximum(popularity[np.where(present, shown, 0)], 1) / users)
    return np.asarray(
        (bits * present).sum(axis=1) / np.maximum(present.sum(axis=1), 1), dtype=np.float64
    )


def diversity(top: Integers, starts: Integers, attributes: Integers) -> Doubles:
    """Return diversity@10 of each list, [U].

    It is the mean of 1 - |A(i) & A(j)| / |A(i) | A(j)| over pairs i, j of the top 10: the
    intra-list distance of Ziegler et al. (WWW 2005) as Vargas and Castells (RecSys 2011) state it,
    by the Jaccard distance of the sets A of people and genres. It is 1 where no two movies share
    any; two movies without attributes share none. A list of fewer than two movies has diversity 0.

    Args:
        top: int64 [U, K], entityIds, best first, then PADDING.
        starts: the start of each entity's attributes; see Background.
        attributes: the attributes of all movies, each once per movie.
    """
    values = np.zeros(len(top), dtype=np.float64)
    for user, shown in enumerate(top[:, :CUTOFF]):
        movies = shown[shown != PADDING]
        count = len(movies)
        if count < 2:
            continue
        sets = [attributes[starts[movie] : starts[movie + 1]] for movie in movies]
        sizes = np.array([len(each) for each in sets])
        known, column = np.unique(np.concatenate(sets), return_inverse=True)
        has = np.zeros((count, len(known)))
        has[np.repeat(np.arange(count), sizes), column] = 1
        shared = has @ has.T
        either = sizes[:, None] + sizes - shared
        distance = 1 - shared / np.maximum(either, 1)
        values[user] = distance[np.triu_indices(count, 1)].mean()
    return values


def coverage(top: Integers, candidates: int) -> float:
    """Return coverage@10, the catalogue (item) coverage: movies in any top 10 / candidate movies.

    It grows with the number of users, so only runs for the same users can be compared.
    """
    shown = top[:, :CUTOFF]
    return len(np.unique(shown[shown != PADDING])) / candidates


def explained(with_path: Integers, lengths: Integers) -> Doubles:
    """Return the explained share of each list, [U]; 0 for an empty list.

    It is the number of movies that at least one path joins to the user / the length of the list.
    """
    return np.asarray(with_path / np.maximum(lengths, 1), dtype=np.float64)


def beyond_metrics(top: Integers, against: Background) -> dict[str, Doubles]:
    """Return all metrics but ``explained`` by name, [U]; coverage is that of all these users."""
    return {
        NOVELTY: novelty(top, against.popularity, against.users),
        DIVERSITY: diversity(top, against.starts, against.attributes),
        COVERAGE: np.full(len(top), coverage(top, against.candidates)),
    }
