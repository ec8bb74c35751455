"""Movies that nobody has watched yet, which only their attributes join to a user."""

from __future__ import annotations

import numpy as np

from model.arrays import Integers
from pipeline.content.histories import Histories
from pipeline.ids import EntityIds, MovieRows
from pipeline.paths.movies import MovieTable


class NewMovies:
    """The movies with attributes that nobody has watched, in a graph of someone else.

    There are none in a graph that pipeline load-kg made: what nobody watched in the training part
    of a data set is held out or only listed there, and methods are compared without it.

    Attributes:
        rows: int64, ascending, their rows.
    """

    def __init__(self, movies: MovieTable, histories: Histories) -> None:
        self._movies = movies
        unwatched = movies.popularity(histories) == 0
        if not movies.schema.prefix:
            unwatched[:] = False
        self._edges = movies.edges[unwatched[movies.edges[:, 0]]]
        self.rows = MovieRows(np.unique(self._edges[:, 0]))

    @property
    def entities(self) -> EntityIds:
        """Their entityIds, int64, ascending."""
        return self._movies.entities(self.rows)

    def beside(self, watched: Integers) -> MovieRows:
        """Return the rows of those that share an attribute with these rows, int64, ascending."""
        edges = self._movies.edges
        starts = np.searchsorted(edges[:, 0], watched)
        ends = np.searchsorted(edges[:, 0], watched, side="right")
        parts = [edges[start:end, 1] for start, end in zip(starts, ends, strict=True)]
        shared = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *parts]))
        return MovieRows(np.unique(self._edges[np.isin(self._edges[:, 1], shared), 0]))
