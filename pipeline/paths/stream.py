"""Streams sampled paths of user-movie pairs from the graph, a chunk of users at a time.

Neo4j joins histories, connectors and the requested movies (cypher/paths/hops_*.cypher). For 3 hops
it sends one record for each attribute that they share, else one for each user. Paths are sampled
here, because Cypher's rand() takes no seed. A path is a sequence of distinct entities from the user
to the movie; parallel relationships make one path. It uses only training ratings (RATED) and
attributes, and other users' RATED with ``through_users``, never the pair's own rating.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import numpy as np

from model.arrays import Floats, Integers
from model.rkan.pair_paths import PairPaths
from pipeline.errors import ConfigError
from pipeline.graph import Graph
from pipeline.paths.config import PathConfig
from pipeline.paths.connectors import ConnectorEdges, SharedAttributes, connector_edges
from pipeline.paths.sampling import SampledPaths, sample_paths
from pipeline.queries import Query, load_query

USERS_PER_QUERY = 64
MOVIES_PER_QUERY = 50_000  # requested movies; a chunk with more ends early
_CHUNKS_PER_READ = 4  # chunks whose shared attributes are read together
_NO_END = 2**62  # beyond any position


@dataclass(frozen=True)
class UserPairs:
    """The n pairs of one user.

    Attributes:
        user: entityId of the user.
        movies: int64 [n], entityIds of the movies.
        labels: float32 [n], 1 positive, 0 negative.
        history_end: position from which on the user's RATED are on no path; None for no limit.
        history_start: position before which the user's RATED are on no path.
    """

    user: int
    movies: Integers
    labels: Floats
    history_end: int | None = None
    history_start: int = 0


def stream_pair_paths(
    graph: Graph,
    pairs: Iterable[UserPairs],
    config: PathConfig,
    *,
    seed: tuple[int, ...],
    via_bounds: Mapping[int, tuple[int, int]] | None = None,
    users_per_query: int = USERS_PER_QUERY,
) -> Iterator[PairPaths]:
    """Yield the pairs with their paths, users in the order given; memory holds one chunk of users.

    A pair has at most ``config.max_paths_per_pair`` paths, drawn uniformly without replacement.
    With max_hops 5 or 7 the inner movies of a path come from ``config.via_movies`` movies that are
    drawn for each user. With through_users the connecting users come from ``config.via_users``
    drawn users. The result for a user depends on ``seed``, the user's entityId and the user's pairs
    alone, not on other users.

    ``via_bounds`` gives ``history_start`` and ``history_end`` of connecting users by entityId.
    Users without an entry connect by all their ratings.

    Raises:
        ConfigError: there are too many walks to count; smaller via sets are needed.
        DatabaseError: the database failed.
    """
    name = f"paths/hops_{config.max_hops}" + ("_users" if config.through_users else "")
    query = load_query(name)
    vias = _ViaSets(graph, config, via_bounds or {})
    chunks = _chunks(pairs, users_per_query)
    while together := list(islice(chunks, _CHUNKS_PER_READ if "movies" in query.parameters else 1)):
        asked = list(chain.from_iterable(together))
        rngs = [np.random.default_rng((*seed, each.user)) for each in asked]
        edges = _edges(graph, query, asked, vias, rngs)
        sampled = _sampled(asked, edges, rngs, config)
        for chunk in together:
            yield _pair_paths(chunk, islice(sampled, len(chunk)))


class _ViaSets:
    """Draws the movies and users that paths may pass through; reads the candidates once."""

    def __init__(
        self, graph: Graph, config: PathConfig, bounds: Mapping[int, tuple[int, int]]
    ) -> None:
        self._bounds = bounds
        self._sources: dict[str, tuple[Integers, int]] = {}
        if config.max_hops > 3:
            self._add("viaMovies", graph, "read/movie_entities", config.via_movies)
        if config.through_users:
            self._add("viaUsers", graph, "read/user_entities", config.via_users)

    def _add(self, parameter: str, graph: Graph, query: str, size: int) -> None:
        ids = [row[0] for row in graph.rows(load_query(query))]
        self._sources[parameter] = np.sort(np.array(ids, dtype=np.int64)), size

    def draw(self, user: int, rng: np.random.Generator) -> dict[str, list[Any]]:
        drawn: dict[str, list[Any]] = {}
        for parameter, (ids, size) in self._sources.items():
            others = ids[ids != user]
            if len(others) > size:
                others = rng.choice(others, size, replace=False, shuffle=False)
            drawn[parameter] = others.tolist()
        if "viaUsers" in drawn:
            drawn["viaUsers"] = [self._bounded(via) for via in drawn["viaUsers"]]
        return drawn

    def _bounded(self, via: int) -> dict[str, int]:
        start, end = self._bounds.get(via, (0, _NO_END))
        return {"user": via, "historyStart": start, "historyEnd": end}


def _chunks(pairs: Iterable[UserPairs], users: int) -> Iterator[list[UserPairs]]:
    chunk: list[UserPairs] = []
    movies = 0
    for asked in pairs:
        if chunk and (len(chunk) == users or movies + len(asked.movies) > MOVIES_PER_QUERY):
            yield chunk
            chunk, movies = [], 0
        chunk.append(asked)
        movies += len(asked.movies)
    if chunk:
        yield chunk


def _edges(
    graph: Graph,
    query: Query,
    asked: Sequence[UserPairs],
    vias: _ViaSets,
    rngs: Sequence[np.random.Generator],
) -> Iterator[ConnectorEdges]:
    """Read what joins the movies of these users, and yield each user's part in turn."""
    users = [_parameters(each, vias, rng) for each, rng in zip(asked, rngs, strict=True)]
    if "movies" in query.parameters:  # its rows are shared by all users
        movies = np.unique(np.concatenate([each.movies for each in asked])).tolist()
        records = graph.rows(query, users=users, movies=movies)
        shared = SharedAttributes(records, (each.user for each in asked))
        for each in asked:
            yield shared.of(each.user, np.unique(each.movies))
        return
    for each, own in zip(asked, users, strict=True):
        own["movies"] = np.unique(each.movies).tolist()
    records = graph.rows(query, users=users)
    for each, (user, *lists) in zip(asked, records, strict=True):
        if user != each.user:
            raise RuntimeError(f"{query.name} returned user {user} instead of {each.user}")
        yield connector_edges(*lists)


def _parameters(asked: UserPairs, vias: _ViaSets, rng: np.random.Generator) -> dict[str, Any]:
    end = _NO_END if asked.history_end is None else int(asked.history_end)
    return {
        "user": int(asked.user),
        "historyStart": int(asked.history_start),
        "historyEnd": end,
        **vias.draw(asked.user, rng),
    }


def _sampled(
    asked: Sequence[UserPairs],
    edges: Iterator[ConnectorEdges],
    rngs: Sequence[np.random.Generator],
    config: PathConfig,
) -> Iterator[SampledPaths]:
    for each, own, rng in zip(asked, edges, rngs, strict=True):
        try:
            yield sample_paths(
                each.user,
                own,
                each.movies,
                max_hops=config.max_hops,
                max_paths=config.max_paths_per_pair,
                rng=rng,
            )
        except OverflowError as error:
            raise ConfigError(
                f"paths.via_movies = {config.via_movies}, paths.via_users = {config.via_users}: "
                f"{error} (user with entityId {each.user}); choose smaller values"
            ) from error


def _pair_paths(chunk: Sequence[UserPairs], sampled: Iterable[SampledPaths]) -> PairPaths:
    paths = list(sampled)
    sizes = [len(asked.movies) for asked in chunk]
    starts = np.cumsum([0, *sizes[:-1]])
    return PairPaths(
        users=np.repeat(np.array([asked.user for asked in chunk], dtype=np.int64), sizes),
        movies=np.concatenate([asked.movies for asked in chunk]).astype(np.int64),
        labels=np.concatenate([asked.labels for asked in chunk]).astype(np.float32),
        entities=np.concatenate([part.entities for part in paths]),
        lengths=np.concatenate([part.lengths for part in paths]),
        pair_index=np.concatenate(
            [part.pairs + start for part, start in zip(paths, starts, strict=True)]
        ).astype(np.int32),
    )
