"""What sentences call entities, and how two of them are related."""

from __future__ import annotations

from functools import lru_cache

from pipeline.content.catalogue import Catalogue
from pipeline.paths.links import MovieLinks
from pipeline.schema import MOVIELENS


class GraphNames:
    """The catalogue, and the derived relationships between movies where paths go over them.

    The relationships asked for lately are kept at hand: sentences repeat them.
    """

    def __init__(self, catalogue: Catalogue, links: MovieLinks | None = None) -> None:
        self.kinds, self.names, self.has_name = catalogue.kinds, catalogue.names, catalogue.has_name
        self._catalogue, self._links = catalogue, links
        self.relation = lru_cache(maxsize=200_000)(self._relation)

    def _relation(self, movie: int, other: int) -> str | None:
        if self.kinds[other] != MOVIELENS.movie:
            return self._catalogue.relation(movie, other)
        return None if self._links is None else self._links.relation(movie, other)
