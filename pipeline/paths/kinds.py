"""The relationship types at the end of each kind of path that RKAN-history reads."""

from __future__ import annotations

from model.rkan_history.path_kinds import PathKind
from pipeline.schema import MOVIELENS

KIND_OF_RELATION = {
    MOVIELENS.watched_next: PathKind.WATCHED_NEXT,
    MOVIELENS.similar: PathKind.SIMILAR,
    MOVIELENS.directed: PathKind.MAKER,
    MOVIELENS.wrote: PathKind.MAKER,
    MOVIELENS.acted_in: PathKind.ACTOR,
    MOVIELENS.in_genre: PathKind.GENRE,
    MOVIELENS.rated: PathKind.USERS,
}
"""The kind of a path of 2 or 3 hops by the type of its last relationship, to the candidate."""

RELATIONS = tuple(KIND_OF_RELATION)
"""Types of a path's last relationship; ``relations`` of CandidateLists are places in it."""

DERIVED_KINDS = (PathKind.WATCHED_NEXT, PathKind.SIMILAR)
ATTRIBUTE_KINDS = (PathKind.MAKER, PathKind.ACTOR, PathKind.GENRE)

TELLING_RARITY = 3.0
"""Least summed inverse document frequency of shared genres that say something about a movie; they
are those of about one movie in 20."""
