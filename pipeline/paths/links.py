"""Links between movies: derived relationships with their weights, and shared attributes.

Weighted paths consist of these links and a user's history. Each relationship is read from the graph
once: it is on the paths of many users, and there are far more paths than relationships.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from model.arrays import Integers
from pipeline.content.catalogue import Catalogue
from pipeline.content.histories import Histories
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.weights import Weights, similar, watched_next
from pipeline.graph import Graph
from pipeline.ids import EntityId, MovieRows
from pipeline.queries import load_query
from pipeline.schema import MOVIELENS

RELATIONS = (*MOVIELENS.derived_relations, *MOVIELENS.attribute_relations)  # of a path's last step


@dataclass(frozen=True)
class MovieLinks:
    """Links between movies in dense rows. M movies, A attributes, E (movie, attribute) pairs.

    Attributes:
        movies: int64 [M], entityId of each row, ascending.
        derived: float32 [M, M] per relationship type, the weights from a movie in a history to the
            movie that it supports, divided by their root mean square.
        attributes: float32 [M, A], the inverse document frequency log(M / movies) of each attribute
            of a movie; the rarest attributes are in the first columns.
        attribute_entities: int64 [A], entityId of each column.
        attribute_relations: int8 [E], index in RELATIONS of the relationship type of each pair, in
            the order of the data of ``attributes``.
    """

    movies: Integers
    derived: dict[str, csr_array]
    attributes: csr_array
    attribute_entities: Integers
    attribute_relations: npt.NDArray[np.int8]

    def rows(self, entities: npt.NDArray[np.integer]) -> MovieRows:
        """Return the rows of the movies with these entityIds."""
        return MovieRows(np.searchsorted(self.movies, entities).astype(np.int64))

    def relation(self, movie: EntityId, other: EntityId) -> str | None:
        """Return the most informative derived relationship from a movie to another (entityIds)."""
        source, target = self.rows(np.array([movie, other])).tolist()
        for kind, matrix in self.derived.items():
            start, end = matrix.indptr[source], matrix.indptr[source + 1]
            if target in matrix.indices[start:end]:
                return kind
        return None


def movie_links(catalogue: Catalogue, weights: Mapping[str, Weights]) -> MovieLinks:
    """Return the links of all movies: their attributes, and derived relationships by type.

    ``weights`` come from the graph (read_weights) or from a part of the histories
    (compute_weights).
    """
    movies = np.flatnonzero(np.array(catalogue.kinds) == MOVIELENS.movie).astype(np.int64)
    derived = {kind: _matrix(each, movies) for kind, each in weights.items()}
    return MovieLinks(movies, derived, *_attributes(catalogue, movies))


def compute_weights(
    histories: Histories, config: EnrichConfig, types: Sequence[str]
) -> dict[str, Weights]:
    """Return the weights that pipeline enrich would compute from these histories alone, by type."""
    functions = {MOVIELENS.watched_next: watched_next, MOVIELENS.similar: similar}
    return {kind: functions[kind](histories, config) for kind in types}


def read_weights(graph: Graph, types: Sequence[str]) -> dict[str, Weights]:
    """Read the graph's derived relationships of these types."""
    found: dict[str, list[tuple[int, list[int], list[float]]]] = {kind: [] for kind in types}
    query = load_query("paths/neighbours")
    for source, relation, targets, weights in graph.stream(query, types=list(types)):
        found[relation].append((source, targets, weights))
    return {kind: _weights(lists) for kind, lists in found.items()}


def _weights(lists: list[tuple[int, list[int], list[float]]]) -> Weights:
    sources = np.array([source for source, _, _ in lists], dtype=np.int64)
    return Weights(
        np.repeat(sources, [len(targets) for _, targets, _ in lists]),
        np.array([target for _, targets, _ in lists for target in targets], dtype=np.int64),
        np.array([weight for _, _, weights in lists for weight in weights], dtype=np.float32),
    )


def _matrix(weights: Weights, movies: Integers) -> csr_array:
    order = np.lexsort((weights.target, weights.source))  # the database's order may change
    values = weights.weight[order]
    if len(values):
        values = values / np.sqrt(np.square(values).mean())
    ends = (weights.source[order], weights.target[order])
    rows, columns = (np.searchsorted(movies, each) for each in ends)
    return csr_array((values, (rows, columns)), shape=(len(movies), len(movies)))


def _attributes(
    catalogue: Catalogue, movies: Integers
) -> tuple[csr_array, Integers, npt.NDArray[np.int8]]:
    kinds = np.array(catalogue.kinds)
    entities = np.flatnonzero((kinds != MOVIELENS.movie) & (kinds != MOVIELENS.user))
    # Of parallel relationships the first one stays, the most informative.
    edges, first = np.unique(catalogue.edges, axis=0, return_index=True)
    place = {relation: number for number, relation in enumerate(RELATIONS)}
    relations = np.array([place[catalogue.relations[at]] for at in first], dtype=np.int8)
    degree = np.bincount(edges[:, 1], minlength=len(kinds))[entities]
    entities = entities[np.argsort(degree, kind="stable")].astype(np.int64)
    column = np.zeros(len(kinds), dtype=np.int64)
    column[entities] = np.arange(len(entities))
    rarity = np.log(max(len(movies), 1) / np.maximum(np.sort(degree), 1)).astype(np.float32)
    rows, columns = np.searchsorted(movies, edges[:, 0]), column[edges[:, 1]]
    order = np.lexsort((columns, rows))
    shape = (len(movies), len(entities))
    matrix = csr_array((rarity[columns], (rows, columns)), shape=shape)
    matrix.sort_indices()
    return matrix, entities, relations[order]
