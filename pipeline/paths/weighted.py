"""Chooses the strongest paths of each kind to every candidate, and computes their features.

The weight of a path over a derived relationship is the relationship's weight, divided by the root
mean square of all of its type. The weight of a path through an attribute is the summed inverse
document frequency of all attributes of that kind which the two movies share; the path goes through
the rarest. The weight of a path through another user is the weight of WATCHED_ALIKE, less for each
movie that the other user watched in between. The weight of a path through two people is the product
of their inverse document frequencies. The weight of a path over a relationship that the graph's
owner made is the relationship's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from model.arrays import PADDING, Floats, Integers
from model.rkan_history.batches import padded
from model.rkan_history.candidate_lists import CandidateLists
from model.rkan_history.path_kinds import Feature, PathKind
from pipeline.content.histories import GUEST
from pipeline.ids import EntityId
from pipeline.paths.config import WeightedPathConfig
from pipeline.paths.expansion import Asked, Chains, Expansion, Known, Linked, Shared, Through
from pipeline.paths.kinds import ATTRIBUTE_KINDS, DERIVED_KINDS, kinds_of_relations
from pipeline.paths.movies import MovieTable
from pipeline.paths.path_table import (
    PathTable,
    greatest_of_columns,
    greatest_of_grid,
    in_order,
    joined,
    of_one_kind,
)

USERS_PER_CHUNK = 256
_VOTES = 300.0  # brings the weights of paths through users to about 1


@dataclass(frozen=True)
class AskedList:
    """One user's candidates. T movies of the history, C candidates.

    Attributes:
        user: entityId of the user.
        bounds: first position of the ratings that may be on a path, and the one after the last.
        history: int64 [T], rows of movies, newest first.
        mean: the user's mean rating in stars, NaN without ratings.
        candidates: int64 [C], rows of movies that are not in the history.
        taste: float32 [C], the history encoder's scores of the candidates without its bias.
        labels: float32 [C], 1 where the user later watched the movie, 0 otherwise or if unknown.
    """

    user: EntityId
    bounds: tuple[int, int]
    history: Integers
    mean: float
    candidates: Integers
    taste: Floats
    labels: Floats


class WeightedPaths:
    """Builds the candidate lists of users from the paths that a source found.

    Args of the constructor:
        scales: root mean square of the weights of each derived relationship.
        movies: the movies in dense rows, with their attributes.
        config: the number of paths and how the strongest are chosen.
        popularity: int64 [M], training interactions of each movie.
    """

    def __init__(
        self,
        scales: Mapping[PathKind, float],
        movies: MovieTable,
        config: WeightedPathConfig,
        popularity: npt.NDArray[np.integer],
    ) -> None:
        self._scales, self._movies, self._config = scales, movies, config
        self._popularity = np.log1p(popularity).astype(np.float32)
        total = max(int(popularity.sum()), 1)
        self._mean_popularity = float((self._popularity * popularity).sum() / total)
        self._counts = kept_paths(config)
        kinds = list(kinds_of_relations(movies.schema).values())
        self._kind_of = np.array(kinds)  # by the place of a relationship type
        self._place_of = {
            kind: place for place, kind in enumerate(kinds) if kind not in ATTRIBUTE_KINDS
        }

    def asked(self, asked: AskedList) -> Asked:
        """Return what a source of paths is to find for a user."""
        start, end = asked.bounds
        films = None
        if asked.user == GUEST:
            films = self._movies.entities(asked.history[: end - start][::-1])
        return Asked(asked.user, start, end, self._movies.entities(asked.candidates), films)

    def lists(self, asked: Sequence[AskedList], found: Iterable[Expansion]) -> CandidateLists:
        """Return the lists of some users, at least one, with the strongest paths found for each."""
        width = max(len(each.candidates) for each in asked)
        longest = max(len(each.history) for each in asked)
        taste, popularity, labels = np.zeros((3, len(asked), width), dtype=np.float32)
        kept: list[PathTable] = []
        slots: list[Integers] = []
        for place, (each, expansion) in enumerate(zip(asked, found, strict=True)):
            count = len(each.candidates)
            labels[place, :count] = each.labels
            taste[place, :count] = _above_mean(each.taste)
            popularity[place, :count] = _above_mean(self._popularity[each.candidates])
            paths = self._of_user(each, expansion)
            kept.append(paths)
            slots.append(paths.columns + place * width)
        table = joined(kept)
        return CandidateLists(
            users=np.array([each.user for each in asked], dtype=np.int64),
            histories=padded([each.history for each in asked], longest),
            candidates=padded([each.candidates for each in asked], width),
            taste=taste,
            popularity=popularity,
            labels=labels,
            slots=np.concatenate(slots).astype(np.int32),
            kinds=table.kinds,
            relations=table.relations,
            sources=table.sources.astype(np.int32),
            ages=table.ages.astype(np.int32),
            through=table.through.astype(np.int32),
            beyond=table.beyond.astype(np.int32),
            weights=table.weights,
            features=table.features,
        )

    def _of_user(self, asked: AskedList, found: Expansion) -> PathTable:
        """Return the strongest paths in order of the candidates."""
        shape = (len(found.movies), len(asked.candidates))
        grids = {kind: np.zeros(shape, dtype=np.float32) for kind in DERIVED_KINDS}
        for kind, links in found.links.items():
            if self._counts[kind] and len(links.ages):
                grids[kind][links.ages, links.columns] = links.weights / self._scales[kind]
        parts = [self._strongest(kind, grids[kind]) for kind in DERIVED_KINDS]
        parts += self._through_attributes(found.shared, shape)
        parts.append(self._through_users(found.through))
        parts.append(self._through_people(found.chains))
        if found.linked is not None:
            parts.append(self._over_links(found.linked))
        paths = in_order(joined(parts))
        sources = self._movies.rows(found.movies)[paths.ages]
        liking = np.nan_to_num(found.ratings - np.float32(asked.mean))[paths.ages]
        features = self._features(paths, liking, asked.candidates[paths.columns], sources)
        derived = np.isin(paths.kinds, DERIVED_KINDS)
        at = paths.ages[derived], paths.columns[derived]
        features[derived, Feature.WATCHED_NEXT] = np.sqrt(grids[PathKind.WATCHED_NEXT][at])
        features[derived, Feature.SIMILAR] = np.sqrt(grids[PathKind.SIMILAR][at])
        paths = paths._replace(sources=sources, features=features)
        if found.known is None:
            return paths
        return in_order(joined([paths, self._over_known(found.known, asked)]))

    def _features(
        self, paths: PathTable, liking: Floats, candidates: Integers, sources: Integers
    ) -> Floats:
        features = _features_of_rating(paths.ages, liking)
        through_users = paths.kinds == PathKind.USERS
        features[through_users, Feature.VOTE] = np.sqrt(paths.weights[through_users])
        for column, movies in (
            (Feature.CANDIDATE_POPULARITY, candidates),
            (Feature.MOVIE_POPULARITY, sources),
        ):
            features[:, column] = self._popularity[movies] - self._mean_popularity
        return features

    def _strongest(self, kind: PathKind, grid: Floats) -> PathTable:
        """Return the strongest paths of a kind from its weights [T, C]."""
        decay = self._decay(kind)
        faded = grid * np.power(decay, np.arange(len(grid)))[:, None].astype(np.float32)
        ages, columns = greatest_of_grid(faded, self._counts[kind])
        weights = grid[ages, columns]
        return of_one_kind(kind, ages, columns, weights, relation=self._place_of.get(kind, 0))

    def _through_attributes(self, shared: Shared, shape: tuple[int, int]) -> list[PathTable]:
        rarity = self._movies.rarity(shared.attributes)
        rarest_first = np.argsort(np.argsort(-rarity, kind="stable"))
        # of several relationships between an attribute and a candidate, the most informative
        ends = shared.column_rows * shape[1] + shared.columns
        order = np.lexsort((shared.relations, ends))
        order = order[np.flatnonzero(np.diff(ends[order], prepend=-1))]
        kinds = self._kind_of[shared.relations[order]]
        found = []
        for kind in ATTRIBUTE_KINDS:
            edges = order[kinds == kind]
            if not self._counts[kind] or not len(edges):
                continue
            rows = np.unique(rarest_first[shared.column_rows[edges]])  # ranks, rarest first
            used = np.argsort(rarest_first)[rows]
            row_of = np.full(len(rarity), PADDING, dtype=np.int64)
            row_of[used] = np.arange(len(used))
            watched = row_of[shared.age_rows]
            of_movies = np.zeros((shape[0], len(used)), dtype=np.float32)
            of_movies[shared.ages[watched != PADDING], watched[watched != PADDING]] = 1
            relation = np.full((len(used), shape[1]), PADDING, dtype=np.int8)
            at = row_of[shared.column_rows[edges]], shared.columns[edges]
            relation[at] = shared.relations[edges]
            of_candidates = np.where(relation == PADDING, 0, rarity[used, None])
            paths = self._strongest(kind, _product(of_movies, of_candidates))
            both = (of_movies[paths.ages] > 0) & (of_candidates.T[paths.columns] > 0)
            if both.size:
                rarest = both.argmax(axis=1)
                paths = paths._replace(
                    through=shared.attributes[used[rarest]],
                    relations=relation[rarest, paths.columns],
                )
            found.append(paths)
        return found

    def _through_users(self, found: Through) -> PathTable:
        kind = PathKind.USERS
        weights = found.weights * np.power(self._config.users_decay, found.steps - 1) * _VOTES
        kept = greatest_of_columns(found.columns, weights, found.others, count=self._counts[kind])
        return of_one_kind(
            kind,
            found.ages[kept],
            found.columns[kept],
            weights[kept].astype(np.float32),
            found.others[kept],
            relation=self._place_of[kind],
        )

    def _through_people(self, found: Chains) -> PathTable:
        rarities = (self._movies.rarity(each) for each in (found.firsts, found.seconds))
        first, second = rarities
        weights = first * second
        faded = weights * np.power(self._config.attributes_decay, found.ages)
        ties = found.firsts, found.middles, found.seconds
        kept = greatest_of_columns(found.columns, faded, *ties, count=self._counts[PathKind.PEOPLE])
        kept = kept[weights[kept] > 0]
        paths = of_one_kind(
            PathKind.PEOPLE,
            found.ages[kept],
            found.columns[kept],
            weights[kept],
            found.firsts[kept],
            relation=0,
        )
        beyond = np.column_stack([found.middles[kept], found.seconds[kept]])
        return paths._replace(relations=found.relations[kept], beyond=beyond)

    def _over_links(self, found: Linked) -> PathTable:
        kind = PathKind.LINKED
        faded = found.weights * np.power(self._config.links_decay, found.ages)
        ties = found.ages, found.relations
        kept = greatest_of_columns(found.columns, faded, *ties, count=self._counts[kind])
        paths = of_one_kind(
            kind, found.ages[kept], found.columns[kept], found.weights[kept], relation=0
        )
        return paths._replace(relations=found.relations[kept])

    def _over_known(self, found: Known, asked: AskedList) -> PathTable:
        kind = PathKind.KNOWN
        faded = found.weights * np.power(self._config.links_decay, found.ages)
        kept = greatest_of_columns(found.columns, faded, found.others, count=self._counts[kind])
        ages, columns = found.ages[kept], found.columns[kept]
        features = _features_of_rating(ages, found.likings[kept])
        popularity = self._popularity[asked.candidates[columns]]
        features[:, Feature.CANDIDATE_POPULARITY] = popularity - self._mean_popularity
        paths = of_one_kind(
            kind,
            ages,
            columns,
            found.weights[kept],
            found.others[kept],
            relation=self._place_of[PathKind.USERS],
        )
        no_movie = np.full(len(kept), PADDING, dtype=np.int64)
        return paths._replace(sources=no_movie, features=features)

    def _decay(self, kind: PathKind) -> float:
        config = self._config
        if kind == PathKind.WATCHED_NEXT:
            return config.watched_next_decay
        return config.similar_decay if kind == PathKind.SIMILAR else config.attributes_decay


def kept_paths(config: WeightedPathConfig) -> dict[PathKind, int]:
    """Return the number of paths of each kind that are kept per candidate."""
    longer = config.max_hops > 2
    return {
        PathKind.WATCHED_NEXT: config.watched_next,
        PathKind.SIMILAR: config.similar,
        PathKind.MAKER: config.makers if longer else 0,
        PathKind.ACTOR: config.actors if longer else 0,
        PathKind.GENRE: config.genres if longer else 0,
        PathKind.USERS: config.users if longer else 0,
        PathKind.PEOPLE: config.people if config.max_hops >= 5 else 0,
        PathKind.LINKED: config.linked,
        PathKind.KNOWN: config.known,
    }


def _features_of_rating(ages: Integers, liking: Floats) -> Floats:
    """Return features [N, F] with those of a rating's age and stars, and 0 elsewhere."""
    features = np.zeros((len(ages), len(Feature)), dtype=np.float32)
    features[:, Feature.LAST_MOVIES] = np.exp(-ages / 5)
    features[:, Feature.RECENT_MOVIES] = np.exp(-ages / 30)
    features[:, Feature.LOG_AGE] = np.log1p(ages) / 5
    features[:, Feature.RATING] = liking / 2
    return features


def _above_mean(values: Floats) -> Floats:
    return values - values.mean() if len(values) else values


def _product(first: Floats, second: Floats) -> Floats:
    """Multiply two small matrices on PyTorch's threads: NumPy's own wait for busy cores."""
    return np.asarray((torch.from_numpy(first) @ torch.from_numpy(second)).numpy())
