"""The relationship types at the end of each kind of path that RKAN-history reads."""

from __future__ import annotations

from functools import lru_cache

from model.rkan_history.path_kinds import USUAL_KINDS, PathKind
from pipeline.schema import MOVIELENS, GraphSchema, Role

_KIND_OF_ROLE = {
    Role.MAKER: PathKind.MAKER,
    Role.ACTOR: PathKind.ACTOR,
    Role.GENRE: PathKind.GENRE,
}


@lru_cache(maxsize=100)
def kinds_of_relations(schema: GraphSchema) -> dict[str, PathKind]:
    """Return the kind of a path of 2 or 3 hops by the type of its last relationship.

    That relationship leads to the candidate. ``relations`` of CandidateLists are places among the
    types, in this order.
    """
    return {
        schema.watched_next: PathKind.WATCHED_NEXT,
        schema.similar: PathKind.SIMILAR,
        **{type_: _KIND_OF_ROLE[role] for type_, role in schema.roles.items()},
        schema.rated: PathKind.USERS,
        **{each.type: PathKind.LINKED for each in schema.movie_links},
    }


def possible_kinds(schema: GraphSchema) -> frozenset[PathKind]:
    """Return the kinds of paths that a graph with these names can have."""
    kinds = set(PathKind)
    if not schema.movie_links:
        kinds.remove(PathKind.LINKED)
    if not schema.user_links:
        kinds.remove(PathKind.KNOWN)
    return frozenset(kinds)


def number_of_kinds(schema: GraphSchema) -> int:
    """Return the number of kinds of paths that a network has parameters for."""
    return len(PathKind if schema.links else USUAL_KINDS)


KIND_OF_RELATION = kinds_of_relations(MOVIELENS)
RELATIONS = tuple(KIND_OF_RELATION)

DERIVED_KINDS = (PathKind.WATCHED_NEXT, PathKind.SIMILAR)
ATTRIBUTE_KINDS = (PathKind.MAKER, PathKind.ACTOR, PathKind.GENRE)

TELLING_RARITY = 3.0
"""Least summed inverse document frequency of shared genres that say something about a movie; they
are those of about one movie in 20."""
