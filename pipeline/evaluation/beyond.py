"""What lists are like besides how often they hit: how new, how varied, how much of the catalogue.

None of it says how good a list is: movies drawn at random are newer and more varied than any
method's. It is to be read beside the accuracy. Letters: U users, K places of the longest list.
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
    """What lists are held against, whichever method made them. N entities.

    Attributes:
        popularity: int64 [N], training ratings of each entity.
        users: with training ratings.
        candidates: movies with training ratings.
        starts: int64 [N + 1]; entity e's attributes are attributes[starts[e]:starts[e + 1]].
        attributes: int64, entityIds of people and genres, each once a movie.
    """

    popularity: Integers
    users: int
    candidates: int
    starts: Integers
    attributes: Integers


def background(training: Histories, catalogue: Catalogue) -> Background:
    """Of the full training part: also where a method learned from cut histories."""
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
    """novelty@10 = mean of -log2(popularity(m) / users) over the movies m of the top 10; [U], bits.

    The mean self-information of Zhou et al. (PNAS 2010), the popularity-based novelty of Vargas and
    Castells (RecSys 2011) without discount by rank. 0 for a movie that everyone rated; a movie that
    nobody did counts as if one user had, and an empty list as 0.

    Args:
        top: int64 [U, K], entityIds, best first, then PADDING.
        popularity: int64 by entityId, users who rated each movie in training.
        users: with training ratings.
    """
    shown = top[:, :CUTOFF]
    present = shown != PADDING
    bits = -np.log2(np.maximum(popularity[np.where(present, shown, 0)], 1) / users)
    return np.asarray(
        (bits * present).sum(axis=1) / np.maximum(present.sum(axis=1), 1), dtype=np.float64
    )


def diversity(top: Integers, starts: Integers, attributes: Integers) -> Doubles:
    """diversity@10 = mean of 1 - |A(i) & A(j)| / |A(i) | A(j)| over pairs i, j of the top 10; [U].

    The intra-list distance of Ziegler et al. (WWW 2005) as Vargas and Castells (RecSys 2011) state
    it, by Jaccard's distance of the sets A of people and genres: 1 where no two movies share any.
    Two movies without attributes share none. 0 for a list of fewer than two movies.

    Args:
        top: int64 [U, K], entityIds, best first, then PADDING.
        starts: where each entity's attributes begin; see Background.
        attributes: of all movies, each once a movie.
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
    """coverage@10 = movies in anyone's top 10 / candidate movies: the catalogue (item) coverage.

    It grows with the number of users, so it compares only runs for the same ones.
    """
    shown = top[:, :CUTOFF]
    return len(np.unique(shown[shown != PADDING])) / candidates


def explained(with_path: Integers, lengths: Integers) -> Doubles:
    """explained = movies of the list that at least one path joins to the user / its length; [U].

    0 for an empty list.
    """
    return np.asarray(with_path / np.maximum(lengths, 1), dtype=np.float64)


def beyond_metrics(top: Integers, against: Background) -> dict[str, Doubles]:
    """All but ``explained`` by name, a value per user; coverage is that of all these users, [U]."""
    return {
        NOVELTY: novelty(top, against.popularity, against.users),
        DIVERSITY: diversity(top, against.starts, against.attributes),
        COVERAGE: np.full(len(top), coverage(top, against.candidates)),
    }
