"""The facts that sentences state, all of them from the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from typing import Protocol

import numpy as np

from pipeline.content.catalogue import Catalogue
from pipeline.content.histories import Histories
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.stored import find_enrichment
from pipeline.graph import Graph
from pipeline.ids import EntityId, EntityIds
from pipeline.networks.interface import Recommendation
from pipeline.paths.movies import movie_table
from pipeline.queries import load_query
from pipeline.recommendation.people import read_people
from pipeline.schema import GraphSchema

_OVER_LINK = 3  # entities on a path user, other user, movie
_CACHED = 2_000_000  # counts that are remembered, about 300 MB at most


class Facts(Protocol):
    """What sentences need to know."""

    @property
    def schema(self) -> GraphSchema:
        """The names in the graph."""

    @property
    def kinds(self) -> Sequence[str]:
        """The label of each entity, by entityId."""

    @property
    def names(self) -> Sequence[str]:
        """The name of each entity, by entityId."""

    @property
    def num_users(self) -> int:
        """The number of users with ratings."""

    @property
    def num_movies(self) -> int:
        """The number of movies in the graph."""

    @property
    def steps(self) -> int:
        """The number of movies after another one that WATCHED_NEXT looks at."""

    @property
    def alike_steps(self) -> int:
        """The number of another user's movies that a path over WATCHED_ALIKE may lead to."""

    def relation(self, movie: EntityId, other: EntityId) -> str | None:
        """Return the type of the relationship that a path takes between two entities, if any."""

    def link(self, user: EntityId, other: EntityId) -> str:
        """Return the type of the owner's relationship between two users."""

    def has_name(self, entity: EntityId) -> bool:
        """Return True if the entity has a real name."""

    def genres(self, movie: EntityId) -> Sequence[EntityId]:
        """Return the genres of a movie, the rarest first."""

    def rarity(self, genres: Iterable[EntityId]) -> float:
        """Return the summed inverse document frequency of genres."""

    def with_genres(self, genres: Iterable[EntityId]) -> int:
        """Return the number of movies that have all of these genres."""

    def stars(self, user: EntityId, movie: EntityId) -> float | None:
        """Return a user's rating of a movie in stars, None without one."""

    def watchers(self, movie: EntityId) -> int:
        """Return the number of users who rated a movie."""

    def compared(self, user: EntityId) -> int:
        """Return the number of the user's newest movies that WATCHED_ALIKE compares."""

    def people(self, source: EntityId, target: EntityId, relation: str) -> int | None:
        """Return the number that a derived relationship stands for, None if it is not there.

        WATCHED_NEXT: users who watched the target within ``steps`` after the source. SIMILAR: users
        who watched both. WATCHED_ALIKE: movies that two users share.
        """


_Ends = tuple[int, int, str]  # source, target and type of a relationship


class _People:
    """The numbers that derived relationships stand for.

    Those between movies are remembered. Those between two users come up once, so only the last ones
    that were read are there.
    """

    def __init__(self, graph: Graph, of_users: str) -> None:
        self._graph, self._of_users = graph, of_users  # the type between users
        self._movies: dict[_Ends, int | None] = {}
        self._users: dict[_Ends, int | None] = {}

    def read(self, wanted: set[_Ends]) -> None:
        """Read the numbers of all of these relationships that are not remembered."""
        if len(self._movies) > _CACHED:
            self._movies.clear()
        self._users.clear()
        missing = {key[:2] for key in wanted if key not in self._movies}
        if missing:
            for source, target, relation, number in read_people(self._graph, missing):
                self._numbers(relation)[source, target, relation] = number

    def number(self, source: EntityId, target: EntityId, relation: str) -> int | None:
        """Return a number that was read, None if there is none."""
        return self._numbers(relation).get((source, target, relation))

    def _numbers(self, relation: str) -> dict[_Ends, int | None]:
        return self._users if relation == self._of_users else self._movies


class GraphFacts:
    """Facts from the graph and from what was read of it.

    Args of the constructor:
        graph: the graph.
        catalogue: names and attributes.
        histories: the ratings in use.
        relation: the relationships on a network's paths (Recommender.relation).
    """

    def __init__(
        self,
        graph: Graph,
        catalogue: Catalogue,
        histories: Histories,
        relation: Callable[[EntityId, EntityId], str | None],
    ) -> None:
        self.kinds, self.names, self.has_name = catalogue.kinds, catalogue.names, catalogue.has_name
        self.schema = catalogue.schema
        self.relation = lru_cache(maxsize=200_000)(relation)
        self._histories, self._movies = histories, movie_table(catalogue)
        self._catalogue = catalogue
        self._watchers = histories.watchers(len(catalogue.kinds))
        self._row = {user: row for row, user in enumerate(histories.user_entities.tolist())}
        self._people, self._graph = _People(graph, self.schema.watched_alike), graph
        self._link_of: dict[tuple[int, int], str] = {}  # if there are several types
        self._stars: tuple[EntityId | None, dict[int, float]] = None, {}  # of one user, by movie
        self._counted: dict[frozenset[EntityId], int] = {}  # movies that have all of some genres
        found = find_enrichment(graph)
        self._config = EnrichConfig() if found is None else found.config
        self.num_users = histories.num_active
        self.num_movies = len(self._movies.ids)
        self.steps, self.alike_steps = self._config.steps, self._config.alike_steps

    def prepare(self, recommendations: Sequence[Recommendation]) -> None:
        """Read the numbers behind the paths of some recommendations, in one query."""
        wanted: set[_Ends] = set()
        links: set[tuple[EntityId, EntityId]] = set()
        for each in recommendations:
            for path, last in zip(each.paths, each.relations or (), strict=False):
                if last in self.schema.derived_relations:
                    wanted.add((path[1], path[2], last))
                elif len(path) == _OVER_LINK and self.kinds[path[1]] == self.schema.user:
                    links.add((path[0], path[1]))
                elif last == self.schema.rated:
                    wanted.add((path[0], path[2], self.schema.watched_alike))
        self._people.read(wanted)
        if len(self.schema.user_links) > 1:
            self._read_links(links)

    def _read_links(self, pairs: set[tuple[EntityId, EntityId]]) -> None:
        """Remember the type of these links; of several, the one that is described first."""
        order = [each.type for each in self.schema.user_links]
        directed = [each.type for each in self.schema.user_links if each.directed]
        listed = [list(pair) for pair in sorted(pairs)]
        self._link_of = {}
        for user, other, type_ in self._graph.rows(
            load_query("read/user_links"), pairs=listed, directed=directed
        ):
            best = self._link_of.setdefault((user, other), type_)
            self._link_of[user, other] = min(best, type_, key=order.index)

    def link(self, user: EntityId, other: EntityId) -> str:
        """See Facts."""
        return self._link_of.get((user, other), self.schema.user_links[0].type)

    def people(self, source: EntityId, target: EntityId, relation: str) -> int | None:
        """See Facts."""
        return self._people.number(source, target, relation)

    def stars(self, user: EntityId, movie: EntityId) -> float | None:
        """See Facts."""
        if self._stars[0] != user:
            row = self._row[user]
            own = slice(*self._histories.offsets[row : row + 2].tolist())
            movies, ratings = self._histories.movies[own], self._histories.ratings[own]
            known = ~np.isnan(ratings)
            given = zip(movies[known].tolist(), ratings[known].tolist(), strict=True)
            self._stars = user, dict(given)
        return self._stars[1].get(movie)

    def watchers(self, movie: EntityId) -> int:
        """See Facts."""
        return int(self._watchers[movie])

    def compared(self, user: EntityId) -> int:
        """See Facts."""
        return min(int(self._histories.sizes[self._row[user]]), self._config.alike_movies)

    def genres(self, movie: EntityId) -> Sequence[EntityId]:
        """See Facts."""
        return self._genres.get(movie, ())

    def rarity(self, genres: Iterable[EntityId]) -> float:
        """See Facts."""
        chosen = EntityIds(np.array(list(genres), dtype=np.int64))
        return float(self._movies.rarity(chosen).sum())

    def with_genres(self, genres: Iterable[EntityId]) -> int:
        """See Facts."""
        wanted = frozenset(genres)
        if wanted not in self._counted:
            self._counted[wanted] = sum(wanted <= set(own) for own in self._genres.values())
        return self._counted[wanted]

    @cached_property
    def _genres(self) -> dict[EntityId, list[EntityId]]:
        genres = EntityIds(np.flatnonzero(np.array(self.kinds) == self.schema.genre))
        rarity = dict(zip(genres.tolist(), self._movies.rarity(genres).tolist(), strict=True))
        found: dict[EntityId, list[EntityId]] = {}
        for movie, attribute in self._catalogue.edges.tolist():
            if attribute in rarity:
                found.setdefault(EntityId(movie), []).append(EntityId(attribute))
        for own in found.values():
            own.sort(key=lambda genre: -rarity[genre])
        return found
