"""The movies in dense rows, with their attributes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from model.arrays import Floats, Integers
from pipeline.content.catalogue import Catalogue
from pipeline.content.histories import Histories
from pipeline.ids import EntityIds, MovieRows
from pipeline.schema import MOVIELENS, GraphSchema


@dataclass(frozen=True)
class MovieTable:
    """Movies and attributes in dense rows. M movies, A attributes, E pairs of both.

    Attributes:
        ids: int64 [M], entityId of each movie, ascending.
        attributes: int64 [A], entityId of each attribute, ascending.
        edges: int64 [E, 2], (row of the movie, row of the attribute), sorted, each pair once.
        schema: the names in the graph.
    """

    ids: EntityIds
    attributes: EntityIds
    edges: Integers
    schema: GraphSchema = MOVIELENS

    def rows(self, entities: npt.NDArray[np.integer]) -> MovieRows:
        """Return the rows of the movies with these entityIds."""
        return MovieRows(np.searchsorted(self.ids, entities).astype(np.int64))

    def entities(self, rows: Integers) -> EntityIds:
        """Return the entityIds of the movies in these rows."""
        return EntityIds(self.ids[rows])

    def popularity(self, histories: Histories) -> Integers:
        """Return how many users watched each movie, int64 [M]."""
        return histories.watchers(int(self.ids.max(initial=-1)) + 1)[self.ids]

    def rarity(self, attributes: EntityIds) -> Floats:
        """Return the inverse document frequency log(M / movies) of attributes by entityId."""
        return self._rarity[np.searchsorted(self.attributes, attributes)]

    @cached_property
    def _rarity(self) -> Floats:
        movies = np.bincount(self.edges[:, 1], minlength=len(self.attributes))
        share = max(len(self.ids), 1) / np.maximum(movies, 1)
        return np.log(share).astype(np.float32)


def movie_table(catalogue: Catalogue) -> MovieTable:
    """Return the movies and attributes of a graph."""
    kinds, schema = np.array(catalogue.kinds), catalogue.schema
    movies = np.flatnonzero(kinds == schema.movie).astype(np.int64)
    attributes = np.flatnonzero((kinds != schema.movie) & (kinds != schema.user))
    edges = np.unique(catalogue.edges, axis=0)
    rows = np.column_stack(
        [np.searchsorted(movies, edges[:, 0]), np.searchsorted(attributes, edges[:, 1])]
    )
    return MovieTable(EntityIds(movies), EntityIds(attributes.astype(np.int64)), rows, schema)
