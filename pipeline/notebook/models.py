"""Users, movies, people and genres as py2neo objects, and the recommendations between them.

The attributes of a model are the properties of its node; the related objects follow its
relationships. All of them only read: saving a model is refused.

    graph = open_graph()
    user = User.match(graph, 1).first()
    [movie.name for movie in user.rated]
    Movie.match(graph).where("_.year > 1996").order_by("_.title").limit(5)

Two habits of py2neo to know. Related objects (``user.rated``) are read once and hold one entry per
node, so of two relationships of a type to the same node, one is lost. They also take about four
queries per node. The methods below read all nodes together, and lose none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import py2neo
from py2neo.matching import IN
from py2neo.ogm import Model, Property, RelatedFrom, RelatedTo

from pipeline.content.catalogue import entity_name
from pipeline.errors import GraphContentError, NotFoundError, PipelineError
from pipeline.queries import load_query
from pipeline.schema import ACTED_IN, DIRECTED, IN_GENRE, MOVIELENS, WROTE

_ATTEMPTS = 3


class ReadOnly(Model):  # type: ignore[misc]  # py2neo has no types
    """A model that cannot be saved, deleted or created."""

    def _refuse(self, *_: object) -> NoReturn:
        raise PipelineError(
            f"{self!r} cannot be saved or deleted: models in notebooks only read; "
            "change the graph with the pipeline's commands, or with Cypher"
        )

    __db_create__ = __db_merge__ = __db_push__ = __db_delete__ = _refuse

    @property
    def _graph(self) -> py2neo.Graph:
        return self.__node__.graph


class User(ReadOnly):
    """A user, keyed by userId."""

    __primarykey__ = "userId"

    user_id = Property("userId")
    name = Property()
    rated = RelatedTo("Movie", MOVIELENS.rated)
    held_out = RelatedTo("Movie", MOVIELENS.held_out)

    def history(self) -> list[Rating]:
        """Return the ratings of the training part, the oldest first."""
        rows = _read(self._graph, "notebook/history", userId=self.user_id)
        return [
            Rating(Movie.wrap(row["film"]), row["stars"], row["timestamp"], row["position"])
            for row in rows
        ]

    def recommendations(self, run_id: str | None = None) -> list[Recommendation]:
        """Return this user's recommendations of a run, best first; ``run_id``: see find_run.

        Raises:
            NotFoundError: there is no such run.
            GraphContentError: the run was being replaced each time it was read.
        """
        graph, run_id = self._graph, find_run(self._graph, run_id)
        rows, steps = _read_whole(graph, self.user_id, run_id)
        wanted = IN([row["movieId"] for row in rows])
        movies = {movie.movie_id: movie for movie in Movie.match(graph).where(movieId=wanted)}
        return [
            Recommendation(
                run_id=run_id,
                movie=movies[row["movieId"]],
                rank=row["rank"],
                score=row["score"],
                sentences=row["explanation"],
                shares=row["explanationShares"],
                paths=[
                    ReasonPath(weight, steps[row["rank"], place])
                    for place, weight in enumerate(row["pathWeights"])
                ],
            )
            for row in rows
        ]


class Movie(ReadOnly):
    """A movie, keyed by movieId; ``name`` is its title with the year."""

    __primarykey__ = "movieId"

    movie_id = Property("movieId")
    title = Property()
    name = Property()
    year = Property()
    imdb_id = Property("imdbId")
    directors = RelatedFrom("Person", DIRECTED)
    writers = RelatedFrom("Person", WROTE)
    actors = RelatedFrom("Person", ACTED_IN)
    genres = RelatedTo("Genre", IN_GENRE)
    rated_by = RelatedFrom("User", MOVIELENS.rated)
    watched_next = RelatedTo("Movie", MOVIELENS.watched_next)
    similar = RelatedTo("Movie", MOVIELENS.similar)

    def recommended_to(self, run_id: str | None = None) -> list[User]:
        """Return the users to whom a run recommends this movie, by rank; ``run_id``: see find_run.

        Raises:
            NotFoundError: there is no such run.
        """
        run_id = find_run(self._graph, run_id)
        rows = _read(self._graph, "notebook/recommended_to", movieId=self.movie_id, runId=run_id)
        return [User.wrap(row["user"]) for row in rows]


class Person(ReadOnly):
    """A director, writer or actor, keyed by personId."""

    __primarykey__ = "personId"

    person_id = Property("personId")
    name = Property()
    directed = RelatedTo("Movie", DIRECTED)
    wrote = RelatedTo("Movie", WROTE)
    acted_in = RelatedTo("Movie", ACTED_IN)


class Genre(ReadOnly):
    """A genre, keyed by its name."""

    __primarykey__ = "name"

    name = Property()
    movies = RelatedFrom("Movie", IN_GENRE)


@dataclass(frozen=True)
class Rating:
    """A movie of a user's history.

    Attributes:
        movie: the movie.
        rating: the stars; None where the data set has none.
        timestamp: when the movie was rated, as the data set counts time.
        position: the movie's place in the history, from 0.
    """

    movie: Movie
    rating: float | None
    timestamp: int
    position: int


@dataclass(frozen=True)
class Step:
    """One node on a path.

    Attributes:
        kind: "User", "Movie", "Person" or "Genre", the name of its model.
        key: the userId, movieId, personId or genre name; ``Movie.match(graph, key)`` finds it.
        name: a readable name: "user 1", "Toy Story (1995)", "Tom Hanks".
        relations: types of the relationships to the next step, sorted; empty on the last step.
    """

    kind: str
    key: int | str
    name: str
    relations: tuple[str, ...]


_Steps = dict[tuple[int, int], list[Step]]  # by the recommendation's rank and the path's place


@dataclass(frozen=True)
class ReasonPath:
    """A path from the user to the recommended movie, with what it counts for.

    The weight is its summand of the score, or its attention (0..1) in a network whose score is not
    a sum of paths.
    """

    weight: float
    steps: list[Step]

    def __str__(self) -> str:
        """Return the path in words: "user 1 -RATED- Heat (1995) -SIMILAR- Ronin (1998)"."""
        words = [f"{step.name} -{'/'.join(step.relations)}-" for step in self.steps[:-1]]
        return " ".join([*words, self.steps[-1].name])


@dataclass(frozen=True)
class Recommendation:
    """A movie recommended to a user, and why.

    Attributes:
        run_id: the run that made it.
        movie: the movie.
        rank: the rank in the user's list; 1 is the best.
        score: the number that decided the rank.
        sentences: the reasons in words, in the order in which they are to be read.
        shares: the signed share of the absolute score that each sentence stands for, or of the
            attention where the score is not a sum of paths.
        paths: the stored paths, in the order of ``pipeline explain``.
    """

    run_id: str
    movie: Movie
    rank: int
    score: float
    sentences: list[str]
    shares: list[float]
    paths: list[ReasonPath]


def find_run(graph: py2neo.Graph, run_id: str | None = None) -> str:
    """Return ``run_id`` if the graph holds this run; by default the newest finished run's id.

    Raises:
        NotFoundError: there is no such run; the message lists the newest ones.
    """
    known = [row["runId"] for row in _read(graph, "read/runs")]
    if not known:
        raise NotFoundError("the graph holds no recommendations; run: pipeline recommend")
    if run_id is None:
        return str(known[0])
    if run_id not in known:
        raise NotFoundError(
            f"there is no run {run_id!r} in the graph; the newest are {', '.join(known[:5])}"
        )
    return run_id


def _read_whole(
    graph: py2neo.Graph, user_id: int, run_id: str
) -> tuple[list[dict[str, Any]], _Steps]:
    """Return a user's recommendations and the steps of their paths, of one writing of the run.

    Writers are not made to wait, because notebooks only read; what a commit came between is read
    again.
    """
    for _ in range(_ATTEMPTS):
        before = _written(graph, run_id)
        of_user = {"userId": user_id, "runId": run_id, "writing": before[0]}
        rows = _read(graph, "read/explanations", **of_user)
        steps = _read_steps(graph, of_user)
        needed = {(row["rank"], at) for row in rows for at in range(len(row["pathWeights"]))}
        if needed == steps.keys() and _written(graph, run_id) == before:
            return rows, steps
    raise GraphContentError(
        f"run {run_id} was replaced {_ATTEMPTS} times while it was read; wait until no command "
        "writes it, and read again"
    )


def _written(graph: py2neo.Graph, run_id: str) -> tuple[int | None, str | None]:
    """Return the number of a run's writing and when it ended; None if there is no such run."""
    known = {row["runId"]: row for row in _read(graph, "read/runs")}
    row = known.get(run_id, {})
    return row.get("writing"), row.get("finishedAt")


def _read_steps(graph: py2neo.Graph, of_user: Mapping[str, Any]) -> _Steps:
    """Return the steps of each path, by the recommendation's rank and the path's place in it."""
    paths: _Steps = {}
    for row in _read(graph, "read/explanation_steps", **of_user):
        name = entity_name(row["kind"], row["key"], row["name"], row["year"])
        step = Step(row["kind"], row["key"], name, tuple(sorted(row["relations"])))
        paths.setdefault((row["rank"], row["place"]), []).append(step)
    return paths


def _read(graph: py2neo.Graph, query: str, **parameters: Any) -> list[dict[str, Any]]:
    """Run a query file in a READ transaction and return its records."""
    return list(graph.query(load_query(query).text, parameters).data())
