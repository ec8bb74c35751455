"""The paths of one pair with names, for `pipeline paths`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.content.catalogue import entity_name
from pipeline.content.lookup import MovieRef, UserRef, find_movie, find_user
from pipeline.errors import ConfigError
from pipeline.graph import Graph
from pipeline.queries import load_query

MAX_HOPS = (2, 3, 5, 7)  # 2 for paths over derived relationships and the owner's links


@dataclass(frozen=True)
class Step:
    """One entity of a path.

    Attributes:
        entity: entityId.
        kind: "User", "Movie", "Person" or "Genre".
        key: userId, movieId, personId or genre name.
        name: name for display.
    """

    entity: int
    kind: str
    key: int | str
    name: str


@dataclass(frozen=True)
class NamedPath:
    """A path from user to movie.

    Attributes:
        steps: entities of the path, the user first.
        relations: relationship types between each step and the next, one or more, the most
            informative first.
        weights: weights of a path over derived relationships, by type; else empty.
        age: number of training ratings that the user made after the one on such a path; else None.
        rating: stars of that rating, if known; else None.
    """

    steps: list[Step]
    relations: list[list[str]]
    weights: dict[str, float] = field(default_factory=dict)
    age: int | None = None
    rating: float | None = None

    @property
    def hops(self) -> int:
        """The number of relationships from the user to the movie."""
        return len(self.relations)

    def __str__(self) -> str:
        text = self.steps[0].name
        for step, types in zip(self.steps[1:], self.relations, strict=True):
            text += f" -[{', '.join(types)}]- {step.name}"
        if self.age is None:
            return text
        words = [f"{kind} {weight:.3f}" for kind, weight in self.weights.items()]
        words += [] if self.rating is None else [f"rated {self.rating:g}"]
        return f"{text} ({', '.join(words)}, {self.age} ratings ago)"


@dataclass(frozen=True)
class PathReport:
    """The paths of one pair, the shortest first, up to the limit."""

    user: UserRef
    movie: MovieRef
    max_hops: int
    through_users: bool
    paths: list[NamedPath]


def pair_paths(
    graph: Graph,
    user_id: int,
    movie: str,
    *,
    max_hops: int = 3,
    through_users: bool = False,
    limit: int = 20,
) -> PathReport:
    """Return up to ``limit`` paths between a user and a movie, enumerated by the database.

    Args:
        graph: an open graph.
        user_id: userId of the user.
        movie: movieId or title of the movie.
        max_hops: maximum number of relationships, 3, 5 or 7; or 2 for the paths over derived
            relationships (pipeline enrich), with their weights, and after them those over
            relationships between movies or between users that the graph's owner made.
        through_users: True to include paths through other users.
        limit: maximum number of paths, at least 1; the shortest paths and the rarest attributes
            come first.

    Raises:
        NotFoundError: no such user or movie.
        ConfigError: ``max_hops`` or ``limit`` has another value.
    """
    if max_hops not in MAX_HOPS:
        raise ConfigError(f"max_hops = {max_hops!r} must be 2, 3, 5 or 7")
    if through_users and max_hops == 2:
        raise ConfigError("paths of 2 hops do not pass through users; ask for 3 or more")
    if limit < 1:
        raise ConfigError(f"limit = {limit!r} must be more than 0")
    found_user, found_movie = find_user(graph, user_id), find_movie(graph, movie)
    query = load_query(f"paths/pair_{max_hops}" + ("_users" if through_users else ""))
    keys = {"userId": found_user.user_id, "movieId": found_movie.movie_id}
    rows = graph.rows(query, **keys, limit=limit)
    links = graph.schema.links
    if max_hops == 2 and links:
        directed = [type_ for type_, link in links.items() if link.directed]
        query = load_query("paths/pair_2_linked")
        rows += graph.rows(query, **keys, directed=directed, limit=limit)
    paths = [
        NamedPath(
            [_step(**step) for step in steps],
            [sorted(types, key=graph.schema.in_order.index) for types in relations],
            *_derived(*rest),
        )
        for steps, relations, *rest in rows[:limit]
    ]
    return PathReport(found_user, found_movie, max_hops, through_users, paths)


def _step(entity: int, kind: str, key: int | str, name: str | None, year: int | None) -> Step:
    return Step(entity, kind, key, entity_name(kind, key, name, year))


def _derived(
    weights: Sequence[Mapping[str, Any]] = (), age: int | None = None, rating: float | None = None
) -> tuple[dict[str, float], int | None, float | None]:
    """Return weights, age and rating, which only paths over derived relationships have."""
    return {each["relation"]: each["weight"] for each in weights}, age, rating
