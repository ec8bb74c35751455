"""Recommends without writing: to someone who is not in the graph, or among some films only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.content.catalogue import Catalogue
from pipeline.content.dataset import read_dataset
from pipeline.content.histories import GUEST, Histories, read_histories
from pipeline.content.lookup import MovieRef, find_user, pick_movie
from pipeline.device import torch_threads
from pipeline.errors import ConfigError, NotFoundError
from pipeline.graph import Graph
from pipeline.home import Home
from pipeline.ids import EntityId, EntityIds
from pipeline.networks.registry import NETWORKS
from pipeline.paths.movies import movie_table
from pipeline.paths.new_movies import NewMovies
from pipeline.recommendation.facts import GraphFacts
from pipeline.recommendation.kept import Kept
from pipeline.recommendation.sentences import explanation
from pipeline.runs.loading import context_of, finite_scores, load_recommender, stored_config


@dataclass(frozen=True)
class Chosen:
    """The films that may be recommended; None for no limit.

    Attributes:
        genre: name of a genre, in any case.
        from_year: first year.
        to_year: last year.
    """

    genre: str | None = None
    from_year: int | None = None
    to_year: int | None = None

    def __bool__(self) -> bool:
        """Return True if there is any limit."""
        return any(each is not None for each in (self.genre, self.from_year, self.to_year))


@dataclass(frozen=True)
class Preview:
    """A recommendation that was not written.

    Attributes:
        run_id: the run that made it.
        movie_id: the movie's movieId.
        movie: title and year.
        rank: the rank; 1 is the best.
        score: the number that decided the rank.
        sentences: the reasons in words.
        shares: the signed share of the absolute score that each sentence stands for.
    """

    run_id: str
    movie_id: int
    movie: str
    rank: int
    score: float
    sentences: list[str]
    shares: list[float]


@torch_threads()
def preview(
    graph: Graph,
    home: Home,
    *,
    films: str | Sequence[str | int] | None = None,
    user: int | None = None,
    chosen: Chosen | None = None,
    run_id: str | None = None,
    top_k: int | None = None,
    device: str = "auto",
    kept: Kept | None = None,
) -> list[Preview]:
    """Return recommendations, best first, without changing the graph.

    Someone who is not in the graph has no paths through other users, which ``pipeline enrich``
    computes for the users of the graph.

    Args:
        graph: the graph that the run was trained on.
        home: folder with the checkpoints.
        films: titles or movieIds that someone watched, oldest first; a text separates them by
            commas.
        user: userId, if and only if ``films`` is None.
        chosen: the films that may be recommended.
        run_id: the run, by default the one that finished last.
        top_k: number of films, by default that of the run's configuration.
        device: "auto", "cpu" or "cuda".
        kept: what earlier recommendations read of this graph and home.

    Raises:
        NotFoundError: a film, the user or the genre does not exist, or no film is left.
        ConfigError: the network has no recommendations for users that it was not trained on,
            ``top_k`` is not positive, or both or neither of ``films`` and ``user`` are given.
        CheckpointError: the checkpoint is missing, damaged or of another graph, or its scores are
            NaN or infinite.
        GraphContentError: the graph is empty, or not the one that the run needs.
    """
    if (films is None) == (user is None):
        raise ConfigError("give either the films that someone watched or one user")
    if top_k is not None and top_k < 1:
        raise ConfigError(f"top_k = {top_k} must be more than 0")
    kept = kept or Kept()
    dataset = read_dataset(graph)
    checkpoint = kept.checkpoint(home, dataset, run_id)
    config = stored_config(checkpoint)
    entity = GUEST if user is None else find_user(graph, user).entity_id
    histories = read_histories(graph, users=[] if user is None else [user])
    movies, names = kept.names(graph, dataset)
    if films is not None:
        if not NETWORKS[config.network].new_users:
            raise ConfigError(
                f"run {checkpoint.run_id} knows only the users that it was trained on; "
                "train one that reads histories: pipeline train --model rkan-history"
            )
        watched = [movie.entity_id for movie in named_films(movies, films)]
        histories = histories.with_guest(EntityIds(np.array(watched, dtype=np.int64)))
    rows = histories.rows_of(EntityIds(np.array([entity], dtype=np.int64)))
    context = context_of(graph, home, dataset, checkpoint, histories, device, names)
    recommender = load_recommender(context, config, checkpoint)
    catalogue = context.catalogue
    facts = GraphFacts(graph, catalogue, histories, recommender.relation)
    allowed = _allowed(movies, catalogue, histories, chosen) if chosen else None
    wanted = config.recommend.top_k if top_k is None else top_k
    keep = config.recommend.max_explanation_paths
    with finite_scores(checkpoint.run_id):
        found = list(recommender.recommend(rows, wanted, keep, allowed))
    facts.prepare(found)
    by_entity = {movie.entity_id: movie for movie in movies}
    listed = []
    for each in found:
        sentences = explanation(each, facts)
        movie = by_entity[each.movie]
        listed.append(
            Preview(
                run_id=checkpoint.run_id,
                movie_id=movie.movie_id,
                movie=movie.name,
                rank=each.rank,
                score=each.score,
                sentences=[sentence.text for sentence in sentences],
                shares=[sentence.share for sentence in sentences],
            )
        )
    return listed


def named_films(movies: list[MovieRef], films: str | Sequence[str | int]) -> list[MovieRef]:
    """Return the films that a list names by titles or movieIds.

    A text separates them by commas, which titles may have as well.

    Raises:
        NotFoundError: there is no such film, or several; the message lists titles.
    """
    parts = films.split(",") if isinstance(films, str) else [str(film) for film in films]
    parts = [part.strip() for part in parts if part.strip()]
    if not parts:
        raise NotFoundError("name at least one film")
    if isinstance(films, str):
        return list(_films(movies, parts))
    return [pick_movie(movies, part) for part in parts]


def _films(movies: list[MovieRef], parts: Sequence[str]) -> Iterator[MovieRef]:
    """Yield the film of as many parts as possible, then the next."""
    # An article that is put last adds a comma: "Matrix, The".
    most = 2 + max((movie.title.count(",") for movie in movies), default=0)
    start = 0
    while start < len(parts):
        for end in range(min(start + most, len(parts)), start, -1):
            try:
                film = pick_movie(movies, ", ".join(parts[start:end]))
            except NotFoundError:
                if end == start + 1:
                    raise
                continue
            yield film
            start = end
            break


def _allowed(
    movies: list[MovieRef], catalogue: Catalogue, histories: Histories, chosen: Chosen
) -> EntityIds:
    new = NewMovies(movie_table(catalogue), histories).entities
    known = {*histories.watched.tolist(), *new.tolist()}
    genre = None if chosen.genre is None else _genre(catalogue, chosen.genre)
    first, last = chosen.from_year, chosen.to_year
    found = [
        movie.entity_id
        for movie in movies
        if movie.entity_id in known
        and (genre is None or catalogue.relation(movie.entity_id, genre) is not None)
        and (first is None or (movie.year is not None and movie.year >= first))
        and (last is None or (movie.year is not None and movie.year <= last))
    ]
    if not found:
        item = catalogue.schema.words.item
        raise NotFoundError(f"no {item} has this genre and these years; widen the choice")
    return EntityIds(np.array(found, dtype=np.int64))


def _genre(catalogue: Catalogue, name: str) -> EntityId:
    genres = {
        str(catalogue.names[entity]).casefold(): EntityId(entity)
        for entity, kind in enumerate(catalogue.kinds)
        if kind == catalogue.schema.genre
    }
    if name.casefold() not in genres:
        names = sorted(str(catalogue.names[entity]) for entity in genres.values())
        raise NotFoundError(f"there is no genre {name!r}; the graph has {', '.join(names)}")
    return genres[name.casefold()]
