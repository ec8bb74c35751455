"""Says why a film is not on a user's list.

Held-out ratings are never read: a film whose rating is held out is, as for the network, one that
the user does not know.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from pipeline.content.dataset import read_dataset
from pipeline.content.histories import read_histories
from pipeline.content.lookup import find_movie, find_user
from pipeline.device import torch_threads
from pipeline.errors import NotFoundError
from pipeline.graph import Graph
from pipeline.home import Home
from pipeline.ids import EntityId, EntityIds, UserRows
from pipeline.networks.interface import Recommendation, Recommender, RunContext
from pipeline.networks.run_config import RunConfig
from pipeline.paths.config import WeightedPathConfig
from pipeline.paths.movies import movie_table
from pipeline.paths.new_movies import NewMovies
from pipeline.queries import load_query
from pipeline.ranking.lists import rank_movies
from pipeline.runs.checkpoints import find_trained
from pipeline.runs.loading import context_of, finite_scores, load_recommender, stored_config
from pipeline.runs.stored import Run, read_runs, read_whole
from pipeline.schema import MOVIELENS

_PATHS = 500  # paths of a film that are counted, more than a network keeps


class Reason(StrEnum):
    """The reason why a film is not on the list."""

    RATED = "rated"
    """The user has rated it."""
    RECOMMENDED = "recommended"
    """It is on the list after all."""
    UNKNOWN = "unknown"
    """Nobody rated it in training, and no attribute joins it to the user: it cannot be ranked."""
    NOT_PROPOSED = "not proposed"
    """It is not among the candidates that the network ranks."""
    OUTRANKED = "outranked"
    """The films on the list have better scores."""


@dataclass(frozen=True)
class Standing:
    """The score of a film for the user.

    Attributes:
        movie_id: the movieId.
        movie: title and year.
        score: the number that decides the rank; higher is better.
        parts: the summands of the score: "taste", "popularity" and each kind of paths by its name;
            empty if the score is not a sum of them.
        paths: number of paths that count; None if paths do not determine the score.
    """

    movie_id: int
    movie: str
    score: float
    parts: dict[str, float]
    paths: int | None


@dataclass(frozen=True)
class WhyNot:
    """Why a film is not on a user's list.

    Attributes:
        user_id: the userId.
        movie_id: the movieId of the film.
        movie: its title and year.
        reason: the reason.
        run_id: the run whose list it is; None where the reason is the same for all runs.
        stars: the user's rating; None if there is none.
        top_k: length of the list.
        rank: rank of the film; as an extra candidate if it was not proposed.
        ranked: number of films that are ranked.
        stored: True if the graph holds the recommendation.
        place: the place of a film that was not proposed in the order in which films are proposed.
        proposable: number of films in that order.
        film: the film's score.
        last: the score of the last film on the list.
    """

    user_id: int
    movie_id: int
    movie: str
    reason: Reason
    run_id: str | None = None
    stars: float | None = None
    top_k: int | None = None
    rank: int | None = None
    ranked: int | None = None
    stored: bool = False
    place: int | None = None
    proposable: int | None = None
    film: Standing | None = None
    last: Standing | None = None

    @property
    def gaps(self) -> dict[str, float]:
        """The film's score and its parts, each minus that of the last film on the list."""
        film, last = self.film, self.last
        if film is None or last is None:
            return {}
        parts = {name: film.parts[name] - last.parts[name] for name in film.parts}
        return {"score": film.score - last.score, **parts}


@torch_threads()
def why_not(
    graph: Graph,
    home: Home,
    user_id: int,
    film: str,
    *,
    run_id: str | None = None,
    device: str = "auto",
) -> WhyNot:
    """Return why a film is not on a user's list.

    Args:
        graph: the graph that the run was trained on.
        home: folder with the checkpoints.
        user_id: userId of the user.
        film: movieId or title of the film.
        run_id: name of the run, by default the newest in the graph, else the newest checkpoint.
        device: "auto", "cpu" or "cuda".

    Raises:
        NotFoundError: no such user or film, or the user has no training rating.
        CheckpointError: the checkpoint is missing, damaged or of another graph, or its scores are
            NaN or infinite.
        GraphContentError: the graph is empty or incomplete, or has other derived relationships than
            the run was trained on.
    """
    dataset = read_dataset(graph)
    user, movie = find_user(graph, user_id), find_movie(graph, film)
    histories, row = read_histories(graph, users=[user_id]), 0
    found = WhyNot(user.user_id, movie.movie_id, movie.name, Reason.UNKNOWN)
    own = np.flatnonzero(histories.movies_of(row) == movie.entity_id)
    if len(own):
        stars = float(histories.ratings[histories.offsets[row] + own[0]])
        return replace(found, reason=Reason.RATED, stars=None if np.isnan(stars) else stars)
    run = _run(graph, run_id)
    if run is not None:
        query = load_query("read/explanations")
        run, listed = read_whole(
            graph,
            run.run_id,
            lambda run: (
                run,
                graph.read(query, userId=user_id, runId=run.run_id, writing=run.writing),
            ),
        )
        for each in listed:
            if each["movieId"] == movie.movie_id:
                known = replace(found, run_id=run.run_id, top_k=run.top_k, rank=each["rank"])
                return replace(known, reason=Reason.RECOMMENDED, stored=True)
    watched = movie.entity_id in histories.watched
    if not watched and graph.schema is MOVIELENS:
        return found
    if not histories.sizes[row]:
        raise NotFoundError(f"user {user_id} has no training ratings, and so gets no list")
    checkpoint = find_trained(home, dataset, run_id if run is None else run.run_id)
    config = stored_config(checkpoint)
    context = context_of(graph, home, dataset, checkpoint, histories, device)
    top_k = config.recommend.top_k if run is None else run.top_k
    limit = _candidates(config, int(histories.sizes[row]))
    pool = histories.watched
    if not watched:
        movies = movie_table(context.catalogue)
        new = NewMovies(movies, histories).beside(movies.rows(histories.movies_of(row)))
        pool = movies.entities(new)
        if limit is None or not config.recommend.new_items or movie.entity_id not in pool:
            return found
        limit = config.recommend.new_items
    recommender = load_recommender(context, config, checkpoint)
    user_list = _UserList(context, recommender, UserRows(np.array([row])), top_k, limit, pool)
    found = replace(found, run_id=checkpoint.run_id, top_k=top_k)
    with finite_scores(checkpoint.run_id):
        return user_list.compare(found, movie.entity_id)


def _run(graph: Graph, run_id: str | None) -> Run | None:
    """Return the run in the graph with this name, by default the newest, if there is one."""
    runs = read_runs(graph)
    return next((run for run in runs if run_id in (None, run.run_id)), None)


def _candidates(config: RunConfig, length: int) -> int | None:
    """Return how many candidates are ranked for a history of this length; None for all films."""
    paths = getattr(config, "paths", None)
    return paths.proposed(length) if isinstance(paths, WeightedPathConfig) else None


class _UserList:
    """One user's list, and where other films stand beside it.

    Args of the constructor:
        context: the input of the network.
        recommender: the network.
        rows: the user's row in the histories.
        top_k: length of the list.
        limit: number of candidates among ``pool`` that the network ranks; None for all films.
        pool: entityIds of the films that are proposed as the one in question is: those that anyone
            watched, or new ones.
    """

    def __init__(
        self,
        context: RunContext,
        recommender: Recommender,
        rows: UserRows,
        top_k: int,
        limit: int | None,
        pool: EntityIds,
    ) -> None:
        self._histories, self._catalogue = context.histories, context.catalogue
        self._recommender, self._rows, self._top_k = recommender, rows, top_k
        self._limit = None if limit is None else max(limit, top_k)
        self._pool = pool

    def compare(self, found: WhyNot, movie: EntityId) -> WhyNot:
        """Return ``found`` with the reason and the scores of the film and the last on the list.

        Raises:
            FloatingPointError: a score is NaN or infinite.
        """
        listed = list(self._recommender.recommend(self._rows, self._top_k, _PATHS))
        last = listed[-1]
        for each in listed:
            if each.movie == movie:
                return replace(found, reason=Reason.RECOMMENDED, rank=each.rank)
        score, pool = self._recommender.score, self._pool
        top = rank_movies(self._histories, self._rows, score, len(pool), pool)
        order = [EntityId(each) for each in top.movies[0, : top.lengths[0]].tolist()]
        place = order.index(movie) + 1
        if last.ledger is None:
            own = float(top.scores[0, place - 1])
            return replace(
                found,
                reason=Reason.OUTRANKED,
                rank=place,
                ranked=len(order),
                film=self._standing(movie, own, {}),
                last=self._standing(last.movie, last.score, {}),
            )
        candidates = order[: self._limit]
        proposed = place <= len(candidates)
        candidates += [each.movie for each in listed if each.movie not in candidates]
        ranked = self._ranked({movie, *candidates}, max(len(candidates), place))
        ours, beside = ranked[movie], ranked[last.movie]
        better = sum(ranked[each].score > ours.score for each in candidates if each != movie)
        # With other candidates, taste and popularity of all films change by the same number, since
        # they are relative to the average candidate. So only differences are taken from there.
        parts, theirs, kept = _parts(ours), _parts(beside), _parts(last)
        parts = {name: kept[name] + part - theirs[name] for name, part in parts.items()}
        return replace(
            found,
            reason=Reason.OUTRANKED if proposed else Reason.NOT_PROPOSED,
            rank=better + 1,
            ranked=len(candidates),
            place=None if proposed else place,
            proposable=None if proposed else len(order),
            film=self._standing(movie, last.score + ours.score - beside.score, parts, ours),
            last=self._standing(last.movie, last.score, kept, last),
        )

    def _ranked(self, needed: set[EntityId], number: int) -> dict[EntityId, Recommendation]:
        """Return the recommendations of so many candidates, or of all if some needed are missing.

        Scores that are equal when rounded may put a film a few places behind its own.
        """
        count = len(self._histories.watched) + len(self._pool)
        found: dict[EntityId, Recommendation] = {}
        for size in (number, count):
            listed = self._recommender.recommend(self._rows, size, _PATHS)
            found = {each.movie: each for each in listed}
            if needed <= found.keys():
                break
        return found

    def _standing(
        self,
        movie: EntityId,
        score: float,
        parts: dict[str, float],
        recommendation: Recommendation | None = None,
    ) -> Standing:
        paths = None if recommendation is None else len(recommendation.paths)
        key = int(self._catalogue.keys[movie])
        return Standing(key, self._catalogue.names[movie], score, parts, paths)


def _parts(recommendation: Recommendation) -> dict[str, float]:
    """Return the summands of a score by their names."""
    ledger = recommendation.ledger
    if ledger is None:
        return {}
    return {"taste": ledger.taste, "popularity": ledger.popularity, **ledger.kinds}
