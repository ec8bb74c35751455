"""The recommendations of a run with their paths, as the graph holds them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pipeline.content.catalogue import Catalogue
from pipeline.graph import Graph
from pipeline.ids import EntityId
from pipeline.queries import load_query
from pipeline.runs.stored import Run

_CACHED = 500_000  # relationship types that are remembered


@dataclass(frozen=True)
class StoredPath:
    """A stored path.

    Attributes:
        entities: entityIds from user to movie.
        relation: type of the relationship that leads to the movie.
        weight: its summand of the score with a ledger, else its attention.
    """

    entities: tuple[int, ...]
    relation: str
    weight: float

    @property
    def film(self) -> int:
        """The user's movie on the path."""
        return self.entities[1]

    @property
    def shared(self) -> int:
        """The entity before the recommended movie."""
        return self.entities[-2]


@dataclass(frozen=True)
class StoredLedger:
    """The summands of a score: taste, popularity and the evidence of each kind of paths."""

    taste: float
    popularity: float
    kinds: dict[str, float]

    @property
    def from_paths(self) -> float:
        """The part of the score that comes from paths, the stored ones and all others."""
        return sum(self.kinds.values())

    @property
    def parts(self) -> dict[str, float]:
        """All summands by name."""
        return {"taste": self.taste, "popularity": self.popularity, **self.kinds}


@dataclass(frozen=True)
class Stored:
    """A stored recommendation.

    Attributes:
        user: the user's entityId.
        movie: the movie's entityId.
        rank: rank on the user's list, from 1.
        score: the number that determined the rank.
        paths: its stored paths; the first is the one that is shown first.
        ledger: the summands of the score; None if it is not a sum of paths.
    """

    user: int
    movie: int
    rank: int
    score: float
    paths: tuple[StoredPath, ...]
    ledger: StoredLedger | None


class Relations:
    """The types of the relationships on paths.

    Args of the constructor:
        catalogue: the attributes of movies.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._kinds, self.schema = catalogue.kinds, catalogue.schema
        self._of_attribute = lru_cache(maxsize=_CACHED)(catalogue.relation)

    def between(self, entity: int, other: int) -> str:
        """Return the type of the relationship of two neighbours on a path."""
        ends = (self._kinds[entity], self._kinds[other])
        if self.schema.user in ends:
            return self.schema.rated
        movie, attribute = (entity, other) if ends[0] == self.schema.movie else (other, entity)
        found = self._of_attribute(EntityId(movie), EntityId(attribute))
        if found is None:
            raise ValueError(f"no relationship between entities {entity} and {other}")
        return found

    def of_path(self, path: StoredPath) -> tuple[str, ...]:
        """Return the types of all relationships on a path."""
        hops = zip(path.entities[:-2], path.entities[1:-1], strict=True)
        return (*(self.between(*hop) for hop in hops), path.relation)


def read_stored(graph: Graph, run: Run, relations: Relations) -> Iterator[Stored]:
    """Yield the recommendations of a run, those of one user together, in order of rank."""
    for row in graph.stream(load_query("read/ledgers"), runId=run.run_id, writing=run.writing):
        yield _stored(row, relations)


def _stored(row: Sequence[Any], relations: Relations) -> Stored:
    user, movie, rank, score, taste, popularity, kinds, kind_scores, paths, weights, types = row
    entities = [tuple(map(int, path.split(">"))) for path in paths]
    if types is None:
        types = [relations.between(path[-2], path[-1]) for path in entities]
    return Stored(
        user=user,
        movie=movie,
        rank=rank,
        score=score,
        paths=tuple(map(StoredPath, entities, types, weights)),
        ledger=None
        if taste is None
        else StoredLedger(taste, popularity, dict(zip(kinds, kind_scores, strict=True))),
    )
