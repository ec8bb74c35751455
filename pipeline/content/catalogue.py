"""The names of all entities and the attributes of movies."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np

from model.arrays import Integers
from pipeline.errors import GraphContentError
from pipeline.graph import Graph
from pipeline.ids import EntityId
from pipeline.queries import load_query
from pipeline.schema import MOVIELENS, GraphSchema


@dataclass(frozen=True)
class Catalogue:
    """Names of all entities and the movies' attributes. N entities, E relationships.

    Attributes:
        kinds: [N] by entityId, "User", "Movie", "Person" or "Genre".
        keys: [N] by entityId, the userId, movieId, personId or genre name.
        names: [N] by entityId, for display: "user 1", "Toy Story (1995)", "Tom Hanks", "Comedy".
        edges: int64 [E, 2], (movie, attribute), sorted; of parallel relationships, the most
            informative first.
        relations: [E], the relationship type of each edge.
        schema: the names in the graph.
    """

    kinds: list[str]
    keys: list[int | str]
    names: list[str]
    edges: Integers
    relations: list[str]
    schema: GraphSchema = MOVIELENS

    def relation(self, movie: EntityId, attribute: EntityId) -> str | None:
        """Return the most informative relationship type of a movie and an attribute, if any."""
        lo, hi = np.searchsorted(self.edges[:, 0], [movie, movie + 1])
        at = int(lo + np.searchsorted(self.edges[lo:hi, 1], attribute))
        return self.relations[at] if at < hi and self.edges[at, 1] == attribute else None

    def has_name(self, entity: EntityId) -> bool:
        """Return False for a person known by id only ("person m.0abc"), else True."""
        person = self.kinds[entity] == self.schema.person
        return not person or self.names[entity] != f"person {self.keys[entity]}"


def movie_name(title: str, year: int | None) -> str:
    """Return a title with its year, unless it already ends with it: "Toy Story (1995)"."""
    return title if year is None or title.endswith(f"({year})") else f"{title} ({year})"


def entity_name(kind: str, key: int | str, name: str | None, year: int | None) -> str:
    """Return the display name of an entity, made from its key if it has no name: "user 1"."""
    if name is None:
        return f"{kind.lower()} {key}"
    return movie_name(name, year)


def read_catalogue(graph: Graph) -> Catalogue:
    """Read the names and attributes of all entities.

    Raises:
        GraphContentError: the graph is empty, or its entityIds are not 0 to N - 1.
    """
    query = load_query("read/entities")
    rows = [entity for _, block in graph.stream(query, fetch_size=100) for entity in block]
    if not rows:
        raise GraphContentError("the graph is empty; run: pipeline load-kg")
    rows.sort(key=lambda row: (row[0] is None, row[0]))
    if any(row[0] != place for place, row in enumerate(rows)):
        raise GraphContentError(
            "the graph's entityIds are not 0, 1, 2, ...; run: pipeline load-kg --replace"
        )
    edges, relations = _read_edges(graph)
    return Catalogue(
        kinds=[kind for _, kind, _, _, _ in rows],
        keys=[key for _, _, key, _, _ in rows],
        names=[entity_name(kind, key, name, year) for _, kind, key, name, year in rows],
        edges=edges,
        relations=relations,
        schema=graph.schema,
    )


def _read_edges(graph: Graph) -> tuple[Integers, list[str]]:
    movies, ends, codes = array("q"), array("q"), array("b")
    types = graph.schema.attribute_relations
    rank = {relation: place for place, relation in enumerate(types)}
    for movie, attributes in graph.stream(load_query("read/attribute_edges")):
        movies.extend([movie] * len(attributes))
        ends.extend(attribute for attribute, _ in attributes)
        codes.extend(rank[relation] for _, relation in attributes)
    edges = np.array([movies, ends], dtype=np.int64).T
    order = np.lexsort((np.array(codes, dtype=np.int8), edges[:, 1], edges[:, 0]))
    return edges[order], [types[code] for code in np.array(codes, dtype=np.int8)[order].tolist()]
