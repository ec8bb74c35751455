"""A tiny data set whose structure one knows: two taste groups, followed by the attributes.

24 movies, 0..11 of group 0 and 12..23 of group 1; 40 users, the even ones of group 0. A group's
movies form a ring. A user starts somewhere on the own group's ring and goes along it, skipping
none to five of the first nine movies; at some time in between comes one movie of the other group.
Held out are the last three movies of the ring. All movies are about equally popular.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from model.baselines.base import Baseline, Integers, Interactions

USERS, MOVIES, GROUP, HELD_OUT = 40, 24, 12, 3
FIRST, SKIPPED = GROUP - HELD_OUT, 5
RELATIONS = ("DIRECTED", "ACTED_IN", "IN_GENRE")
RANDOM_LEVEL = 0.33  # hit rate of chance: 5.5 unseen movies of 16.5, on average


def planted(seed: int = 0) -> tuple[Interactions, Interactions]:
    """The training part, 5 to 10 movies for each user, and the held-out part, 3 for each."""
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
    """Share of every user's top k unseen movies that are of the user's own group."""
    top = top_unseen(baseline, training, k)
    own = np.arange(len(top)) % 2
    return float((top // GROUP == own[:, None]).mean())


def top_unseen(baseline: Baseline[Any], training: Interactions, k: int) -> Integers:
    """The k movies, best first, that the baseline ranks highest among those not watched [U, k]."""
    users = np.arange(training.num_users)
    scores = np.array(baseline.score(users))
    scores[training.users, training.movies] = -np.inf
    return np.asarray(np.argsort(-scores, axis=1, kind="stable")[:, :k], dtype=np.int64)


def with_strangers(training: Interactions) -> Interactions:
    """One more user, movie and attribute, the last of each, without interactions or edges."""
    return replace(
        training,
        num_users=training.num_users + 1,
        num_movies=training.num_movies + 1,
        num_attributes=training.num_attributes + 1,
    )


def without_attributes(training: Interactions) -> Interactions:
    """No attribute and no edge."""
    none = np.empty(0, np.int64)
    return replace(training, num_attributes=0, edges=none.reshape(0, 2), relations=none)


def of_histories(*histories: list[int], num_movies: int) -> Interactions:
    """Users with these histories, the oldest movie first; no attributes."""
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
    """Group g has attributes 8g..8g+7: directors 0 and 1, actors 2 to 6, the genre 7."""
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
