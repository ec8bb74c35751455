"""The paths of candidates, joined in memory relationship by relationship.

It reads neither the database nor the queries: tests compare what these find with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import sqrt

import numpy as np

from model.rkan_history.path_kinds import PathKind
from pipeline.content.catalogue import Catalogue
from pipeline.content.histories import Histories
from pipeline.enrichment.derived import DerivedPart
from pipeline.ids import EntityIds
from pipeline.paths.expansion import Asked, Chains, Expansion, Links, Shared, Through
from pipeline.paths.kinds import RELATIONS

_KINDS = {"WATCHED_NEXT": PathKind.WATCHED_NEXT, "SIMILAR": PathKind.SIMILAR}


class JoinedPaths:
    """A pipeline.paths.expansion.PathSource without a database.

    Args of the constructor:
        histories: the ratings that paths may use, those of other users too.
        catalogue: the attributes of the movies.
        part: the derived relationships.
    """

    def __init__(self, histories: Histories, catalogue: Catalogue, part: DerivedPart) -> None:
        self._watched: dict[int, list[tuple[int, int, float]]] = {}  # position, movie, stars
        for row, user in enumerate(histories.user_entities.tolist()):
            first, end = histories.offsets[row : row + 2].tolist()
            columns = (histories.positions, histories.movies, histories.ratings)
            own = zip(*(column[first:end].tolist() for column in columns), strict=True)
            self._watched[user] = list(own)
        self._attributes = [
            (movie, attribute, relation)
            for (movie, attribute), relation in zip(
                catalogue.edges.tolist(), catalogue.relations, strict=True
            )
        ]
        self._derived = {
            _KINDS[relation]: [
                (source, target, weight)
                for source, targets, values in weights.by_source()
                for target, weight in zip(targets, values, strict=True)
            ]
            for relation, weights in part.movies.items()
        }
        alike = part.users
        self._alike = list(
            zip(
                alike.source.tolist(),
                alike.target.tolist(),
                alike.weight.tolist(),
                alike.position.tolist(),
                alike.until.tolist(),
                alike.movie.tolist(),
                strict=True,
            )
        )

    def expand(self, asked: Sequence[Asked]) -> Iterator[Expansion]:
        """Yield the paths of each user in turn."""
        for each in asked:
            yield self._expand(each)

    def scales(self) -> dict[PathKind, float]:
        """Return the root mean square of each derived relationship that has any weights."""
        return {
            kind: sqrt(sum(weight**2 for *_, weight in pairs) / len(pairs))
            for kind, pairs in self._derived.items()
            if pairs
        }

    def _expand(self, asked: Asked) -> Expansion:
        newest = [
            (movie, stars)
            for position, movie, stars in reversed(self._watched.get(asked.user, []))
            if asked.start <= position < asked.end
        ]
        ages = {movie: age for age, (movie, _) in enumerate(newest)}
        columns = {movie: column for column, movie in enumerate(asked.candidates.tolist())}
        return Expansion(
            movies=EntityIds(np.array(list(ages), dtype=np.int64)),
            ratings=np.array([stars for _, stars in newest], dtype=np.float32),
            links={kind: self._links(kind, ages, columns) for kind in _KINDS.values()},
            shared=self._shared(ages, columns),
            through=self._through(asked.user, ages, columns),
            chains=self._chains(ages, columns),
        )

    def _links(self, kind: PathKind, ages: dict[int, int], columns: dict[int, int]) -> Links:
        found = [
            (ages[source], columns[target], weight)
            for source, target, weight in self._derived.get(kind, [])
            if source in ages and target in columns
        ]
        return Links(
            np.array([age for age, _, _ in found], dtype=np.int64),
            np.array([column for _, column, _ in found], dtype=np.int64),
            np.array([weight for _, _, weight in found], dtype=np.float32),
        )

    def _shared(self, ages: dict[int, int], columns: dict[int, int]) -> Shared:
        of_movies = [(a, ages[movie]) for movie, a, _ in self._attributes if movie in ages]
        of_candidates = [
            (a, columns[movie], RELATIONS.index(relation))
            for movie, a, relation in self._attributes
            if movie in columns
        ]
        both = sorted({a for a, _ in of_movies} & {a for a, _, _ in of_candidates})
        row = {attribute: place for place, attribute in enumerate(both)}
        of_movies = [each for each in of_movies if each[0] in row]
        of_candidates = [each for each in of_candidates if each[0] in row]
        return Shared(
            attributes=EntityIds(np.array(both, dtype=np.int64)),
            age_rows=np.array([row[a] for a, _ in of_movies], dtype=np.int64),
            ages=np.array([age for _, age in of_movies], dtype=np.int64),
            column_rows=np.array([row[a] for a, _, _ in of_candidates], dtype=np.int64),
            columns=np.array([column for _, column, _ in of_candidates], dtype=np.int64),
            relations=np.array([relation for _, _, relation in of_candidates], dtype=np.int8),
        )

    def _through(self, user: int, ages: dict[int, int], columns: dict[int, int]) -> Through:
        found = []
        for source, other, weight, position, until, movie in self._alike:
            if source != user or movie not in ages:
                continue
            next_ones = [each[1] for each in self._watched[other] if position < each[0] <= until]
            for step, candidate in enumerate(next_ones, start=1):
                if candidate in columns:
                    found.append((ages[movie], columns[candidate], other, weight, step))
        return Through(
            ages=np.array([age for age, *_ in found], dtype=np.int64),
            columns=np.array([column for _, column, *_ in found], dtype=np.int64),
            others=EntityIds(np.array([other for _, _, other, _, _ in found], dtype=np.int64)),
            weights=np.array([weight for *_, weight, _ in found], dtype=np.float32),
            steps=np.array([step for *_, step in found], dtype=np.int64),
        )

    def _chains(self, ages: dict[int, int], columns: dict[int, int]) -> Chains:
        tied: dict[tuple[int, int], int] = {}  # the most informative relation of movie and person
        for movie, person, relation in self._attributes:
            place = RELATIONS.index(relation)
            if relation != "IN_GENRE":
                tied[movie, person] = min(place, tied.get((movie, person), place))
        found = sorted(
            (ages[film], columns[candidate], first, middle, second, tied[candidate, second])
            for film, first in tied
            if film in ages
            for middle, other in tied
            if other == first and middle != film
            for again, second in tied
            if again == middle and second != first
            for candidate, same in tied
            if same == second and candidate != middle and candidate in columns
        )
        return Chains(
            ages=np.array([age for age, *_ in found], dtype=np.int64),
            columns=np.array([column for _, column, *_ in found], dtype=np.int64),
            firsts=EntityIds(np.array([each[2] for each in found], dtype=np.int64)),
            middles=EntityIds(np.array([each[3] for each in found], dtype=np.int64)),
            seconds=EntityIds(np.array([each[4] for each in found], dtype=np.int64)),
            relations=np.array([each[5] for each in found], dtype=np.int8),
        )
