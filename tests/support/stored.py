"""Stored recommendations by hand, on eight entities.

Users 0 and 7; movies 1 to 4; person 5, who directed movie 1 and acted in movies 3 and 4; genre 6,
of movies 2 and 3. User 0 rated movies 1 and 2, user 7 movies 2 and 4.
"""

import numpy as np

from pipeline.content.catalogue import Catalogue
from pipeline.content.histories import Histories
from pipeline.evaluation.stored_paths import Stored, StoredLedger, StoredPath
from pipeline.ids import EntityIds, UserIds

EDGES = [(1, 5, "DIRECTED"), (2, 6, "IN_GENRE"), (3, 5, "ACTED_IN"), (3, 6, "IN_GENRE")]
EDGES.append((4, 5, "ACTED_IN"))
NEXT = StoredPath((0, 1, 3), "WATCHED_NEXT", 3.0)
SIMILAR = StoredPath((0, 2, 3), "SIMILAR", 2.0)
ACTOR = StoredPath((0, 1, 5, 4), "ACTED_IN", 1.0)
GENRE = StoredPath((0, 2, 6, 3), "IN_GENRE", 1.0)
USERS = StoredPath((0, 2, 7, 4), "RATED", 0.5)


def catalogue():
    kinds = ["User", "Movie", "Movie", "Movie", "Movie", "Person", "Genre", "User"]
    return Catalogue(
        kinds=kinds,
        keys=list(range(len(kinds))),
        names=[f"{kind} {entity}" for entity, kind in enumerate(kinds)],
        edges=np.array([edge[:2] for edge in EDGES], dtype=np.int64),
        relations=[edge[2] for edge in EDGES],
    )


def histories():
    return Histories(
        user_ids=UserIds(np.array([1, 2])),
        user_entities=EntityIds(np.array([0, 7])),
        offsets=np.array([0, 2, 4]),
        movies=np.array([1, 2, 2, 4], dtype=np.int32),
        positions=np.array([0, 1, 0, 1]),
        ratings=np.full(4, np.nan, dtype=np.float32),
    )


def stored(*paths, user=0, movie=None, rank=1, from_paths=None):
    """A recommendation with these paths, to where the first leads; with the ledger of a score."""
    ledger = None if from_paths is None else StoredLedger(1.0, -1.0, {"ALL": from_paths})
    reached = paths[0].entities[-1] if movie is None else movie
    return Stored(user, reached, rank, from_paths or 0.0, paths, ledger)
