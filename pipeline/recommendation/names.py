"""The names and relationships of entities, for sentences."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from pipeline.content.catalogue import Catalogue
from pipeline.ids import EntityId


class GraphNames:
    """The catalogue's names, with the relationships on a network's paths.

    Recently used relationships are cached, because sentences repeat them.
    """

    def __init__(
        self, catalogue: Catalogue, relation: Callable[[EntityId, EntityId], str | None]
    ) -> None:
        self.kinds, self.names, self.has_name = catalogue.kinds, catalogue.names, catalogue.has_name
        self.relation = lru_cache(maxsize=200_000)(relation)
