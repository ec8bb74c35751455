"""The names of entities in sentences, and how two of them are related."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from pipeline.content.catalogue import Catalogue
from pipeline.ids import EntityId


class GraphNames:
    """The catalogue's names, with the relationships that a network's paths take.

    The relationships asked for lately are kept at hand: sentences repeat them.
    """

    def __init__(
        self, catalogue: Catalogue, relation: Callable[[EntityId, EntityId], str | None]
    ) -> None:
        self.kinds, self.names, self.has_name = catalogue.kinds, catalogue.names, catalogue.has_name
        self.relation = lru_cache(maxsize=200_000)(relation)
