"""A tiny data set of known structure: two groups of users with different taste.

Movies 0..11 belong to group 0, movies 12..23 to group 1. Of the 40 users, the even ones belong to
group 0 and the odd ones to group 1. The movies of a group form a ring. A user starts at some place
on the ring of their group and moves along it. Of the first nine movies, the user skips zero to
five. One movie of the other group is inserted at a random place. The last three movies of the ring
are held out. All movies are about equally popular. The attributes follow the groups.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from model.arrays import Integers
from model.baselines.base import Baseline, Interactions

USERS, MOVIES, GROUP, HELD_OUT = 40, 24, 12, 3
FIRST, SKIPPED = GROUP - HELD_OUT, 5
RELATIONS = ("DIRECTED", "ACTED_IN", "IN_GENRE")
RANDOM_LEVEL = 0.33  # hit rate of chance: 5.5 unseen movies of 16.5, on average


def planted(seed: int = 0) -> tuple[Interactions, Interactions]:
    """Return the training part, 5 to 10 movies per user, and the held-out part, 3 per user."""
    generator = np.random.default_rng(seed)
    watched, held_out = [], []
    for user in range(USERS):
        group = user % 2
        ring = group * GROUP + (user // 2 + np.arange(GROUP)) % GROUP
        stray = (1 - group) * GROUP + generator.integers(GROUP)
        size = FIRST - user // 2 % (SKIPPED + 1)
        places = np.sort(generator.permutation(FIRST)[:size])
        watched.append(np.insert(ring[places], generator.integers(1, size), stray))
        held_out.append(ring[FIRST:])
    return _interactions(watched), _interactions(held_out)


def hit_rate(baseline: Baseline[Any], training: Interactions, k: int = HELD_OUT) -> float:
    """Return the share of the users' top k unseen movies that belong to the user's group."""
    top = top_unseen(baseline, training, k)
    own = np.arange(len(top)) % 2
    return float((top // GROUP == own[:, None]).mean())


def top_unseen(baseline: Baseline[Any], training: Interactions, k: int) -> Integers:
    """Return each user's k best unseen movies, int64 [U, k], the best first."""
    users = np.arange(training.num_users)
    scores = np.array(baseline.score(users))
    scores[training.users, training.movies] = -np.inf
    return np.asarray(np.argsort(-scores, axis=1, kind="stable")[:, :k], dtype=np.int64)


def with_strangers(training: Interactions) -> Interactions:
    """Add a user, a movie and an attribute without interactions and edges, the last of each."""
    return replace(
        training,
        num_users=training.num_users + 1,
        num_movies=training.num_movies + 1,
        num_attributes=training.num_attributes + 1,
    )


def without_attributes(training: Interactions) -> Interactions:
    """Remove all attributes and edges."""
    none = np.empty(0, np.int64)
    return replace(training, num_attributes=0, edges=none.reshape(0, 2), relations=none)


def of_histories(*histories: list[int], num_movies: int) -> Interactions:
    """Return users with these histories, the oldest movie first, without attributes."""
    sizes = [len(history) for history in histories]
    none = np.empty(0, np.int64)
    return Interactions(
        num_users=len(histories),
        num_movies=num_movies,
        num_attributes=0,
        users=np.repeat(np.arange(len(histories)), sizes).astype(np.int64),
        movies=np.array([movie for history in histories for movie in history], np.int64),
        edges=none.reshape(0, 2),
        relations=none,
        relation_names=RELATIONS,
    )


def _interactions(histories: list[Integers]) -> Interactions:
    edges, relations = _attributes()
    return replace(
        of_histories(*(history.tolist() for history in histories), num_movies=MOVIES),
        num_attributes=int(edges[:, 1].max()) + 1,
        edges=edges,
        relations=relations,
    )


def _attributes() -> tuple[Integers, Integers]:
    """Return edges and relations.

    Group g has the attributes 8g..8g+7: the directors 0 and 1, the actors 2 to 6 and the genre 7.
    """
    edges, relations = [], []
    for movie in range(MOVIES):
        group, place = divmod(movie, GROUP)
        for relation, attribute in (
            (0, place % 2),
            (1, 2 + place % 5),
            (1, 2 + (place + 1) % 5),
            (2, 7),
        ):
            edges.append((movie, 8 * group + attribute))
            relations.append(relation)
    return np.array(edges, np.int64), np.array(relations, np.int64)
