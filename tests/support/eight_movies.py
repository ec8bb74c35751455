"""Eight movies whose weighted paths one counts by eye.

Attributes, with the inverse document frequency of each:
    Lee    log 8/2   directed A and B
    Kim    log 8/3   acted in A, C and F, and wrote C
    Drama  log 8/4   A, B, C, D
Derived relationships, their weights as in the graph and divided by their root mean square:
    WATCHED_NEXT  B -> D 7 (1.4), A -> D 1 (0.2)
    SIMILAR       A -> D 2 (1), E -> G 2 (1)
"""

from math import log

import numpy as np

from pipeline.content.catalogue import Catalogue
from pipeline.enrichment.weights import Weights
from pipeline.paths.links import RELATIONS, movie_links

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


def catalogue(edges=EDGES):
    """The entities, and these relationships between movies and attributes."""
    return Catalogue(
        kinds=["User"] * 3 + ["Movie"] * 8 + ["Person", "Person", "Genre"],
        keys=[*range(1, 4), *range(1, 9), "nm1", "nm2", "Drama"],
        names=["user 1", "user 2", "user 3", *"ABCDEFGH", "Lee", "Kim", "Drama"],
        edges=np.array([edge[:2] for edge in edges], dtype=np.int64).reshape(-1, 2),
        relations=[relation for *_, relation in edges],
    )


def weights(pairs):
    """Weights of {(source, target): weight}."""
    ends = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
    return Weights(ends[:, 0], ends[:, 1], np.array(list(pairs.values()), dtype=np.float32))


def links(edges=EDGES, derived=DERIVED):
    """How these movies are joined."""
    return movie_links(catalogue(edges), {kind: weights(pairs) for kind, pairs in derived.items()})


def row(*movies):
    """Dense rows of movies."""
    return np.array(movies, dtype=np.int64) - A


def place(relation):
    """A relation's number."""
    return RELATIONS.index(relation)
