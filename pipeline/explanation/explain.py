"""Read stored recommendations with the paths that explain them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from pipeline.content.catalogue import movie_name
from pipeline.content.lookup import find_movie, find_user
from pipeline.errors import GraphContentError, NotFoundError
from pipeline.graph import Graph
from pipeline.queries import load_query
from pipeline.runs.stored import Run, read_whole


@dataclass(frozen=True)
class PathStep:
    """One node on a path.

    Attributes:
        kind: "User", "Movie", "Person" or "Genre".
        key: the userId, movieId, personId or genre name.
        name: a readable name: "user 1", "Toy Story (1995)", "Tom Hanks".
        relation: type of the relationship to the next step, the most informative if there are
            several; None on the last step.
    """

    kind: str
    key: int | str
    name: str
    relation: str | None


_Steps = dict[tuple[int, int], list[PathStep]]  # by the recommendation's rank and the path's place


@dataclass(frozen=True)
class ExplainedPath:
    """A path from the user to the movie, with what it counts for.

    Its weight is its summand of the score, or its attention (0..1) in a network whose score is not
    a sum of paths.
    """

    weight: float
    steps: list[PathStep]


@dataclass(frozen=True)
class Explanation:
    """One recommendation and the reasons for it.

    Attributes:
        run_id: the run that made it.
        user_id: the user that it was made for.
        movie_id: the movie's movieId.
        movie: the movie's title and year.
        rank: the rank in the user's list; 1 is the best.
        score: the number that decided the rank: the inner product of the embeddings, or the sum of
            ``taste``, ``popularity`` and ``kinds``.
        closeness: closeness of user and movie according to the paths, in (0, 1); None if the score
            is a sum of paths.
        sentences: the reasons in words, in the order in which they are to be read.
        shares: the signed share of the absolute score that each sentence stands for, or of the
            attention where the score is not a sum of paths.
        paths: the stored paths, in the same order.
        taste: the summand of the score from the user's history; None where paths only explain the
            score (RKAN). It is relative to the user's average candidate, as is popularity.
        popularity: the summand from the movie's popularity, or None.
        kinds: the summand from all paths of each kind, by the kind's name; never negative.
        films: the movies of the history that say most by taste, by title, with their parts of it.
    """

    run_id: str
    user_id: int
    movie_id: int
    movie: str
    rank: int
    score: float
    closeness: float | None
    sentences: list[str]
    shares: list[float]
    paths: list[ExplainedPath]
    taste: float | None
    popularity: float | None
    kinds: dict[str, float]
    films: dict[str, float]

    @property
    def path_score(self) -> float | None:
        """The part of the score from all paths; None where they only explain it."""
        return None if self.taste is None else sum(self.kinds.values())

    @property
    def path_share(self) -> float | None:
        """The share of the absolute score that comes from paths, 0..1, or None."""
        return None if self.path_score is None else self._share(self.path_score)

    @property
    def shown_share(self) -> float | None:
        """The share of the absolute score that the stored paths carry, 0..1, or None."""
        if self.path_score is None:
            return None
        return self._share(sum(path.weight for path in self.paths))

    @property
    def size(self) -> float:
        """The absolute score: the sum of the absolute values of its summands; 0 without any."""
        return (self.path_score or 0.0) + abs(self.taste or 0.0) + abs(self.popularity or 0.0)

    def document(self) -> dict[str, Any]:
        """Return the explanation as plain values, with what the paths say of the score."""
        shares = {"path_share": self.path_share, "shown_share": self.shown_share}
        return {**asdict(self), "path_score": self.path_score, **shares}

    def _share(self, part: float) -> float:
        return part / self.size if self.size else 0.0


def explain(
    graph: Graph, user_id: int, movie: int | str | None = None, *, run_id: str | None = None
) -> list[Explanation]:
    """Return a user's recommendations, best first, or only the one of a movie.

    Args:
        graph: the graph.
        user_id: userId of the user.
        movie: a movieId, or a movieId or title as text; None for all recommendations.
        run_id: name of the run, by default the newest finished one.

    Raises:
        NotFoundError: the run, the user, the movie or the recommendation does not exist.
        GraphContentError: a stored path is incomplete.
        LockedError: the run is being written.
    """
    movie_id = find_movie(graph, movie).movie_id if isinstance(movie, str) else movie
    run, rows, steps = read_whole(graph, run_id, lambda run: _read(graph, user_id, run))
    if not rows:
        raise NotFoundError(
            f"run {run.run_id} has no recommendations for user {user_id}; "
            f"run: pipeline recommend --run-id {run.run_id} --users {user_id}"
        )
    chosen = [row for row in rows if movie_id in (None, row["movieId"])]
    if not chosen:
        names = ", ".join(movie_name(row["title"], row["year"]) for row in rows)
        raise NotFoundError(
            f"movie {movie_id} is not recommended to user {user_id} in run {run.run_id}; "
            f"recommended movies: {names}"
        )
    _check_complete(chosen, steps, user_id, run)
    return [
        Explanation(
            run_id=run.run_id,
            user_id=user_id,
            movie_id=row["movieId"],
            movie=movie_name(row["title"], row["year"]),
            rank=row["rank"],
            score=row["score"],
            closeness=row["closeness"],
            sentences=row["explanation"],
            shares=row["explanationShares"],
            paths=[
                ExplainedPath(weight, steps[row["rank"], place])
                for place, weight in enumerate(row["pathWeights"])
            ],
            taste=row["taste"],
            popularity=row["popularity"],
            kinds=dict(zip(row["kinds"] or [], row["kindScores"] or [], strict=True)),
            films={
                movie_name(film["title"], film["year"]): part
                for film, part in zip(row["tasteMovies"], row["tasteParts"] or [], strict=True)
            },
        )
        for row in chosen
    ]


def _read(graph: Graph, user_id: int, run: Run) -> tuple[Run, list[dict[str, Any]], _Steps]:
    """Return the run, the user's recommendations, and the steps of their paths.

    Raises:
        NotFoundError: there is no such user.
    """
    find_user(graph, user_id)
    query = load_query("read/explanations")
    rows = graph.read(query, userId=user_id, runId=run.run_id, writing=run.writing)
    return run, rows, _steps(graph, user_id, run)


def _check_complete(rows: list[dict[str, Any]], steps: _Steps, user_id: int, run: Run) -> None:
    """Check that all paths were read.

    Raises:
        GraphContentError: one is incomplete.
    """
    for row in rows:
        ends = [steps.get((row["rank"], place)) for place in range(len(row["pathWeights"]))]
        if not all(path and path[-1].key == row["movieId"] for path in ends):
            raise GraphContentError(
                f"a path of run {run.run_id} from user {user_id} to "
                f"{movie_name(row['title'], row['year'])} is incomplete, since the run is being "
                "replaced or something was removed from the graph; run: pipeline recommend "
                f"--run-id {run.run_id} --users {user_id}"
            )


def _steps(graph: Graph, user_id: int, run: Run) -> _Steps:
    """Return the steps of each path, by the recommendation's rank and the path's place in it."""
    paths: _Steps = {}
    query = load_query("read/explanation_steps")
    order = graph.schema.in_order
    for rank, place, _, kind, key, name, year, relations in graph.rows(
        query, userId=user_id, runId=run.run_id, writing=run.writing
    ):
        words = f"{kind.lower()} {key}" if name is None else movie_name(name, year)
        relation = min(relations, key=order.index, default=None)
        paths.setdefault((rank, place), []).append(PathStep(kind, key, words, relation))
    return paths
