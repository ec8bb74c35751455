"""Eight movies whose weighted paths one counts by eye.

Attributes, with the inverse document frequency of each:
    Lee    log 8/2   directed A and B
    Kim    log 8/3   acted in A, C and F, and wrote C
    Drama  log 8/4   A, B, C, D
Derived relationships, their weights as in the graph and divided by their root mean square:
    WATCHED_NEXT   B -> D 7 (1.4), A -> D 1 (0.2)
    SIMILAR        A -> D 2 (1), E -> G 2 (1)
    WATCHED_ALIKE  user 0 -> user 1 0.004 and user 2 0.003; each of these watched A and then at most
                   two movies that count
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log

import numpy as np

from pipeline.content.catalogue import Catalogue
from pipeline.enrichment.alike import Alike
from pipeline.enrichment.derived import DerivedPart
from pipeline.enrichment.weights import Weights
from pipeline.paths.kinds import RELATIONS
from pipeline.paths.movies import movie_table
from tests.support.joined_paths import JoinedPaths
from tests.support.small_histories import histories

USERS = (0, 1, 2)  # entityIds from here on
A, B, C, D, E, F, G, H = MOVIES = tuple(range(3, 11))
LEE, KIM, DRAMA = ATTRIBUTES = (11, 12, 13)
RARITY = {LEE: log(8 / 2), KIM: log(8 / 3), DRAMA: log(8 / 4)}
OWNED = {A: {LEE, KIM, DRAMA}, B: {LEE, DRAMA}, C: {KIM, DRAMA}, D: {DRAMA}, F: {KIM}}
EDGES = [
    (A, LEE, "DIRECTED"),
    (A, KIM, "ACTED_IN"),
    (A, DRAMA, "IN_GENRE"),
    (B, LEE, "DIRECTED"),
    (B, DRAMA, "IN_GENRE"),
    (C, KIM, "WROTE"),
    (C, KIM, "ACTED_IN"),
    (C, DRAMA, "IN_GENRE"),
    (D, DRAMA, "IN_GENRE"),
    (F, KIM, "ACTED_IN"),
]
DERIVED = {
    "WATCHED_NEXT": {(B, D): 7.0, (A, D): 1.0},
    "SIMILAR": {(A, D): 2.0, (E, G): 2.0},
}
OTHERS = {1: [B, A, D, C, G], 2: [E, A, C, D]}  # histories, the earliest first
ALIKE = {(0, 1): (0.004, 1, 3, A), (0, 2): (0.003, 1, 3, A)}  # weight, position, until, movie


def catalogue(edges=EDGES):
    """The entities, and these relationships between movies and attributes."""
    return Catalogue(
        kinds=["User"] * 3 + ["Movie"] * 8 + ["Person", "Person", "Genre"],
        keys=[*range(1, 4), *range(1, 9), "nm1", "nm2", "Drama"],
        names=["user 1", "user 2", "user 3", *"ABCDEFGH", "Lee", "Kim", "Drama"],
        edges=np.array([edge[:2] for edge in edges], dtype=np.int64).reshape(-1, 2),
        relations=[relation for *_, relation in edges],
    )


def table(edges=EDGES):
    """The movies in dense rows."""
    return movie_table(catalogue(edges))


def weights(pairs):
    """Weights of {(source, target): weight}, in the order of Weights."""
    ordered = sorted(pairs.items(), key=lambda each: (each[0][0], -each[1], each[0][1]))
    ends = np.array([ends for ends, _ in ordered], dtype=np.int32).reshape(-1, 2)
    values = np.array([weight for _, weight in ordered], dtype=np.float32)
    return Weights(ends[:, 0], ends[:, 1], values)


def alike(pairs):
    """Users of {(source, target): (weight, position, until, movie)}, in the order of Alike."""
    ordered = sorted(pairs.items(), key=lambda each: (each[0][0], -each[1][0]))
    rows = [(*ends, *values) for ends, values in ordered]
    source, target, weight, position, until, movie = np.array(rows, dtype=float).reshape(-1, 6).T
    return Alike(
        source.astype(np.int32),
        target.astype(np.int32),
        weight.astype(np.float32),
        position.astype(np.int32),
        until.astype(np.int32),
        movie.astype(np.int32),
        np.ones(len(ordered), dtype=np.int32),  # shared movies, which no path depends on
    )


def part(derived=DERIVED, users=ALIKE):
    """These derived relationships, each of one person, which no path depends on."""
    movies = {kind: weights(pairs) for kind, pairs in derived.items()}
    people = {kind: np.ones(len(each), dtype=np.int32) for kind, each in movies.items()}
    return DerivedPart(movies, people, alike(users))


def source(
    watched: Mapping[int, Sequence[int]] = OTHERS,
    edges=EDGES,
    derived=DERIVED,
    users=ALIKE,
    positions: Mapping[int, Sequence[int]] | None = None,
) -> JoinedPaths:
    """All paths between these movies.

    Args:
        watched: movies by user, the earliest first.
        edges: see EDGES.
        derived: see DERIVED.
        users: see ALIKE.
        positions: positions of a user's movies, for users where they are not 0, 1, 2, ...
    """
    own = [list(watched.get(user, [])) for user in USERS]
    given = positions or {}
    places = [each for user in USERS for each in given.get(user, range(len(own[user])))]
    rows = replace(histories(*own), positions=np.array(places, dtype=np.int64))
    return JoinedPaths(rows, catalogue(edges), part(derived, users))


def row(*movies):
    """Dense rows of movies."""
    return np.array(movies, dtype=np.int64) - A


def place(relation):
    """A relation's number."""
    return RELATIONS.index(relation)
