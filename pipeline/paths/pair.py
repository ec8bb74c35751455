"""One pair's paths, with names, for people to look at; what `pipeline paths` shows."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.catalogue import entity_name
from pipeline.errors import ConfigError
from pipeline.graph import Graph
from pipeline.lookup import MovieRef, UserRef, find_movie, find_user
from pipeline.queries import load_query
from pipeline.schema import MOVIELENS

MAX_HOPS = (3, 5, 7)


@dataclass(frozen=True)
class Step:
    """One entity of a path.

    Attributes:
        entity: entityId.
        kind: "User", "Movie", "Person" or "Genre".
        key: userId, movieId, personId or genre name.
        name: for people.
    """

    entity: int
    kind: str
    key: int | str
    name: str


@dataclass(frozen=True)
class NamedPath:
    """A path from user to movie.

    Attributes:
        steps: its entities, the user first.
        relations: for each step to the next, the relationship types between them, the most
            telling first; one or more.
    """

    steps: list[Step]
    relations: list[list[str]]

    @property
    def hops(self) -> int:
        """Relationships from the user to the movie."""
        return len(self.relations)

    def __str__(self) -> str:
        text = self.steps[0].name
        for step, types in zip(self.steps[1:], self.relations, strict=True):
            text += f" -[{', '.join(types)}]- {step.name}"
        return text


@dataclass(frozen=True)
class PathReport:
    """The paths of one pair, the shortest first, at most as many as were asked for."""

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
    """At most ``limit`` of the paths between a user and a movie, enumerated by the database.

    Args:
        graph: an open graph.
        user_id: userId.
        movie: movieId or title.
        max_hops: 3, 5 or 7 relationships at most.
        through_users: also through other users.
        limit: at least 1; the shortest paths and the rarest attributes come first.

    Raises:
        NotFoundError: no such user or movie.
        ConfigError: another max_hops or limit.
    """
    if max_hops not in MAX_HOPS:
        raise ConfigError(f"max_hops = {max_hops!r} must be 3, 5 or 7")
    if limit < 1:
        raise ConfigError(f"limit = {limit!r} must be more than 0")
    found_user, found_movie = find_user(graph, user_id), find_movie(graph, movie)
    query = load_query(f"paths/pair_{max_hops}" + ("_users" if through_users else ""))
    keys = {"userId": found_user.user_id, "movieId": found_movie.movie_id}
    paths = [
        NamedPath([_step(**step) for step in steps], [_in_order(types) for types in relations])
        for steps, relations in graph.stream(query, **keys, limit=limit)
    ]
    return PathReport(found_user, found_movie, max_hops, through_users, paths)


def _step(entity: int, kind: str, key: int | str, name: str | None, year: int | None) -> Step:
    return Step(entity, kind, key, entity_name(kind, key, name, year))


def _in_order(types: list[str]) -> list[str]:
    order = (MOVIELENS.rated, *MOVIELENS.attribute_relations)
    return sorted(types, key=order.index)
