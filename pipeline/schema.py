"""The names used in the graph: labels, relationship types, keys.

Query files spell these names out, so that each file runs unchanged in Neo4j Browser. A test checks
the files against this schema.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GraphSchema:
    """Labels, keys and relationship types of one kind of graph."""

    user: str = "User"
    movie: str = "Movie"
    person: str = "Person"
    genre: str = "Genre"
    entity: str = "Entity"
    dataset: str = "Dataset"
    run: str = "Run"
    load_lock: str = "LoadLock"
    rated: str = "RATED"
    held_out: str = "HELD_OUT"
    recommended: str = "RECOMMENDED"
    in_genre: str = "IN_GENRE"
    directed: str = "DIRECTED"
    acted_in: str = "ACTED_IN"
    wrote: str = "WROTE"
    watched_next: str = "WATCHED_NEXT"
    similar: str = "SIMILAR"
    watched_alike: str = "WATCHED_ALIKE"
    because: str = "BECAUSE"

    @property
    def keys(self) -> dict[str, str]:
        """Label -> the property that identifies its nodes."""
        return {
            self.user: "userId",
            self.movie: "movieId",
            self.person: "personId",
            self.genre: "name",
            self.entity: "entityId",
            self.dataset: "name",
            self.run: "runId",
            self.load_lock: "name",
        }

    @property
    def attribute_relations(self) -> tuple[str, ...]:
        """Relationship types between a movie and an attribute, the most informative first."""
        return (self.directed, self.wrote, self.acted_in, self.in_genre)

    @property
    def derived_relations(self) -> tuple[str, ...]:
        """Relationship types between movies that are computed from RATED.

        The most informative type comes first. Each relationship has a ``weight``, computed from all
        RATED, an ``earlyWeight``, computed from the early part of each history, or both.
        """
        return (self.watched_next, self.similar)

    @property
    def relations(self) -> tuple[str, ...]:
        """Every relationship type that the pipeline reads or writes."""
        return (
            self.rated,
            self.held_out,
            self.recommended,
            *self.attribute_relations,
            *self.derived_relations,
            self.watched_alike,
            self.because,
        )


MOVIELENS = GraphSchema()
