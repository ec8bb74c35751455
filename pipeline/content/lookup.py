"""Lookup of a user by id, and of a movie by id or title."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from pipeline.content.catalogue import movie_name
from pipeline.errors import NotFoundError
from pipeline.graph import Graph
from pipeline.ids import EntityId, MovieId, UserId
from pipeline.queries import load_query
from pipeline.schema import MOVIELENS

_ARTICLE_LAST = re.compile(r"^(.*), (the|an?|les?|la|l'|der|die|das|el|il)(?= \(|$)")
_NUMBER = re.compile(r"[+-]?[0-9]+")
_SHOWN = 5  # candidates named in a message
_LIMIT = 2**63  # Neo4j's integers have 64 bits


@dataclass(frozen=True)
class UserRef:
    """A user of the graph."""

    user_id: UserId
    entity_id: EntityId


@dataclass(frozen=True)
class MovieRef:
    """A movie of the graph; ``year`` is None where the source has none.

    ``key`` is its owner's key in a graph of someone else, else None.
    """

    movie_id: MovieId
    entity_id: EntityId
    title: str
    year: int | None
    key: str | None = None

    @property
    def name(self) -> str:
        """Title and year: "Toy Story (1995)"."""
        return movie_name(self.title, self.year)


def is_storable(user_id: int) -> bool:
    """Return False for a number that Neo4j cannot hold, and which is therefore no userId."""
    return -_LIMIT <= user_id < _LIMIT


def find_user(graph: Graph, user_id: int) -> UserRef:
    """Return the user with this userId.

    Raises:
        NotFoundError: no such user; the message gives the range of userIds.
    """
    row = graph.read(load_query("read/user"), userId=user_id if is_storable(user_id) else None)[0]
    if row["user"] is not None:
        return UserRef(UserId(user_id), row["user"])
    if row["first"] is None:
        raise NotFoundError(
            f"there is no user {user_id}: the graph is empty; run: pipeline load-kg"
        )
    raise NotFoundError(
        f"there is no user {user_id}; userIds run from {row['first']} to {row['last']}"
    )


def named_user(graph: Graph, text: str) -> int:
    """Return the userId that a text names: itself, the name, or the owner's key.

    The user need not exist if the text is a number.

    Raises:
        NotFoundError: no user, or more than one, has this name.
    """
    number = int(text) if _NUMBER.fullmatch(text) else None
    if number is not None and graph.schema is MOVIELENS:
        return number
    found = graph.read(load_query("read/named_user"), text=text)
    if found and (len(found) == 1 or found[0]["isKey"]):
        return int(found[0]["userId"])
    if found:
        raise NotFoundError(f"several users are called {text!r}; give the key of one")
    if number is None:
        raise NotFoundError(f"there is no user {text!r}; give a userId, or the name of a user")
    return number


def find_movie(graph: Graph, text: str) -> MovieRef:
    """Return the movie with this movieId or title, in any case, with or without the year.

    Raises:
        NotFoundError: no such movie, or several with that title; the message lists titles.
    """
    movies = read_movies(graph)
    if not movies:
        raise NotFoundError(
            f"there is no movie {text!r}: the graph is empty; run: pipeline load-kg"
        )
    return pick_movie(movies, text)


def read_movies(graph: Graph) -> list[MovieRef]:
    """Return all movies, by movieId."""
    return [MovieRef(*row) for row in graph.rows(load_query("read/titles"))]


def pick_movie(movies: list[MovieRef], text: str) -> MovieRef:
    """Return the one of ``movies`` that ``text`` names; see find_movie.

    Raises:
        NotFoundError: as in find_movie.
    """
    wanted = _folded(text)
    for movie in movies:
        if (str(movie.movie_id) if movie.key is None else movie.key.casefold()) == wanted:
            return movie
    found = [m for m in movies if wanted in (_folded(m.name), _folded(m.title))]
    exact = [m for m in found if wanted == _folded(m.name)]
    if len(exact) == 1 or len(found) == 1:
        return (exact or found)[0]
    if found:
        raise NotFoundError(
            f"{len(found)} movies are called {text!r}; give the movieId: {_listed(found)}"
        )
    names = [_folded(m.name) for m in movies]
    near = process.extract(wanted, names, scorer=fuzz.WRatio, limit=_SHOWN, score_cutoff=60)
    hint = f"the nearest titles: {_listed([movies[place] for _, _, place in near])}"
    ids = f"movieIds run from {movies[0].movie_id} to {movies[-1].movie_id}"
    raise NotFoundError(f"there is no movie {text!r}; {hint if near else ids}")


def _folded(title: str) -> str:
    """Normalise a title for comparison: "Matrix, The (1999)" equals "the matrix (1999)"."""
    folded = " ".join(title.casefold().split())
    return _ARTICLE_LAST.sub(r"\2 \1", folded)


def _listed(movies: list[MovieRef]) -> str:
    listed = ", ".join(f"{m.name} [{m.key or m.movie_id}]" for m in movies[:_SHOWN])
    return listed + (", ..." if len(movies) > _SHOWN else "")
