"""The strongest paths from a user to candidate movies: user - movie - (attribute -) movie.

A path over a derived relationship (WATCHED_NEXT, SIMILAR) has two relationships, a path over a
shared attribute three. A path is stronger the greater the weight that joins its movies and the more
recently the user watched the first one. The strongest few of each kind are kept per candidate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from model.arrays import PADDING, Floats, Integers
from model.rkan_history.batches import padded
from model.rkan_history.candidate_lists import CandidateLists
from pipeline.paths.config import WeightedPathConfig
from pipeline.paths.links import MovieLinks
from pipeline.schema import MOVIELENS

USERS_PER_CHUNK = 256
ATTRIBUTES = "attributes"  # the kind of all paths through an attribute
KINDS = (*MOVIELENS.derived_relations, ATTRIBUTES)
FADINGS = (0.5, 0.7, 0.85, 0.97)  # factors on a path's weight per step back, in sums of all paths
FEATURES = len(KINDS) + 4  # a weight of each kind, three of age, the rating
LINEAR = len(KINDS) * len(FADINGS) + 1  # sums over all paths of a kind, popularity


@dataclass(frozen=True)
class AskedList:
    """One user's candidates. T movies of the history, C candidates.

    Attributes:
        user: entityId of the user.
        history: int64 [T], rows of movies, newest first.
        ratings: float32 [T], stars minus the user's mean, 0 where there are none.
        candidates: int64 [C], rows of movies that are not in the history.
        labels: float32 [C], 1 where the user later watched the movie, 0 otherwise or if unknown.
    """

    user: int
    history: Integers
    ratings: Floats
    candidates: Integers
    labels: Floats


class _Paths(NamedTuple):
    """One user's paths in order of the candidates, with fields as in CandidateLists."""

    slots: Integers
    sources: Integers
    ages: Integers
    relations: npt.NDArray[np.int8]
    attributes: Integers
    features: Floats


class WeightedPaths:
    """Finds the paths of users' candidates; see the module's docstring.

    The features of a path are the square roots of the weights that join its two movies, one for
    each kind; exp(-age / 5), exp(-age / 30) and log(1 + age) / 5; and half the rating, in stars
    minus the user's mean. The linear features of a candidate are, for each kind and each of
    FADINGS, the sum of weight * ``fading ** age`` over all paths, and log(1 + popularity). The mean
    over the user's candidates is subtracted from each linear feature.
    """

    def __init__(
        self, links: MovieLinks, config: WeightedPathConfig, popularity: npt.NDArray[np.integer]
    ) -> None:
        """Prepare the links; ``popularity`` int64 [M] counts each movie's training interactions."""
        self.links, self.config = links, config
        self._log_popularity = np.log1p(popularity).astype(np.float32)
        attributes = links.attributes
        owners = np.repeat(np.arange(attributes.shape[0]), np.diff(attributes.indptr))
        self._owned = owners.astype(np.int64) * attributes.shape[1] + attributes.indices
        self._shared = csr_array(
            (np.ones_like(attributes.data), attributes.indices, attributes.indptr),
            shape=attributes.shape,
        )
        self._kinds = {
            MOVIELENS.watched_next: (config.watched_next, config.watched_next_decay),
            MOVIELENS.similar: (config.similar, config.similar_decay),
            ATTRIBUTES: (config.attributes, config.attributes_decay),
        }

    def chunks(
        self, asked: Iterable[AskedList], users: int = USERS_PER_CHUNK
    ) -> Iterator[CandidateLists]:
        """Yield the lists with their paths in the order given, ``users`` of them at a time."""
        held: list[AskedList] = []
        for each in asked:
            held.append(each)
            if len(held) == users:
                yield self.lists(held)
                held = []
        if held:
            yield self.lists(held)

    def lists(self, asked: list[AskedList]) -> CandidateLists:
        """Return the lists of some users, at least one, with their paths."""
        width = max(len(each.candidates) for each in asked)
        longest = max(len(each.history) for each in asked)
        linear = np.zeros((len(asked), width, LINEAR), dtype=np.float32)
        labels = np.zeros((len(asked), width), dtype=np.float32)
        paths = []
        for place, each in enumerate(asked):
            count = len(each.candidates)
            labels[place, :count] = each.labels
            found, linear[place, :count] = self._of_user(each)
            paths.append(found._replace(slots=found.slots + place * width))
        joined = _Paths(*(np.concatenate(parts) for parts in zip(*paths, strict=True)))
        return CandidateLists(
            users=np.array([each.user for each in asked], dtype=np.int64),
            histories=padded([each.history for each in asked], longest),
            candidates=padded([each.candidates for each in asked], width),
            linear=linear,
            labels=labels,
            slots=joined.slots.astype(np.int32),
            sources=joined.sources.astype(np.int32),
            ages=joined.ages.astype(np.int32),
            relations=joined.relations,
            attributes=joined.attributes.astype(np.int32),
            features=joined.features,
        )

    def _of_user(self, asked: AskedList) -> tuple[_Paths, Floats]:
        """Return the paths in order of the candidates, and the linear features [C, L]."""
        history = asked.history[: self.config.history]
        candidates = asked.candidates
        weights = {kind: self._weights(kind, history, candidates) for kind in KINDS}
        ages = np.arange(len(history))
        fadings = np.power(np.array(FADINGS)[:, None], ages).astype(np.float32)  # [fadings, T]
        linear = np.zeros((len(candidates), LINEAR), dtype=np.float32)
        places, sources, kinds = [], [], []
        for number, kind in enumerate(KINDS):
            count, decay = self._kinds[kind]
            faded = weights[kind] * (decay**ages).astype(np.float32)[:, None]  # [T, C]
            at = number * len(FADINGS)
            linear[:, at : at + len(FADINGS)] = (fadings @ weights[kind]).T
            best = _greatest(faded, count)
            sources.append(best[0])
            places.append(best[1])
            kinds.append(np.full(len(best[0]), number))
        linear[:, -1] = self._log_popularity[candidates]
        linear -= linear.mean(axis=0) if len(candidates) else 0
        order = np.argsort(np.concatenate(places), kind="stable")
        slots, age = np.concatenate(places)[order], np.concatenate(sources)[order]
        kind_of = np.concatenate(kinds)[order]
        relations = kind_of.astype(np.int8)
        attributes = np.full(len(slots), PADDING, dtype=np.int64)
        shared = kind_of == KINDS.index(ATTRIBUTES)
        if shared.any():
            edges = self._rarest_shared(history[age[shared]], candidates[slots[shared]])
            attributes[shared] = self.links.attributes.indices[edges]
            relations[shared] = self.links.attribute_relations[edges]
        features = [np.sqrt(weights[kind][age, slots]) for kind in KINDS]
        features += [np.exp(-age / 5), np.exp(-age / 30), np.log1p(age) / 5]
        features.append(asked.ratings[age] / 2)
        paths = _Paths(
            slots=slots,
            sources=history[age],
            ages=age,
            relations=relations,
            attributes=attributes,
            features=np.stack(features, axis=1).astype(np.float32),
        )
        return paths, linear

    def _weights(self, kind: str, history: Integers, candidates: Integers) -> Floats:
        """Return the weight between each movie of the history and each candidate, [T, C]."""
        found = np.zeros((len(history), len(candidates)), dtype=np.float32)
        if not self._kinds[kind][0] or not found.size:
            return found
        if kind == ATTRIBUTES:
            shared = self.links.attributes[history] @ self._shared[candidates].T
            return np.asarray(shared.toarray(), dtype=np.float32)
        matrix = self.links.derived[kind]
        place = np.full(matrix.shape[1], PADDING, dtype=np.int64)
        place[candidates] = np.arange(len(candidates))
        edges, ages = _entries(matrix, history)
        targets = place[matrix.indices[edges]]
        asked = targets != PADDING
        found[ages[asked], targets[asked]] = matrix.data[edges[asked]]
        return found

    def _rarest_shared(self, first: Integers, second: Integers) -> Integers:
        """Return, for each pair of movies, the second one's edge to the rarest shared attribute."""
        attributes = self.links.attributes
        edges, pairs = _entries(attributes, second)
        wanted = first[pairs] * attributes.shape[1] + attributes.indices[edges]
        at = np.minimum(np.searchsorted(self._owned, wanted), len(self._owned) - 1)
        both = np.flatnonzero(self._owned[at] == wanted)
        _, rarest = np.unique(pairs[both], return_index=True)  # columns ascend: the rarest first
        return edges[both[rarest]]


def derived_types(config: WeightedPathConfig) -> list[str]:
    """Return the types of derived relationships that the paths use."""
    counts = (config.watched_next, config.similar)
    types = MOVIELENS.derived_relations
    return [kind for kind, count in zip(types, counts, strict=True) if count]


def _entries(matrix: csr_array, rows: Integers) -> tuple[Integers, Integers]:
    """Return the indices in ``data`` of these rows' entries, and the index in ``rows`` of each."""
    starts = matrix.indptr[rows].astype(np.int64)
    sizes = matrix.indptr[rows + 1] - starts
    ends = np.cumsum(sizes)
    edges = np.arange(int(sizes.sum())) + np.repeat(starts - ends + sizes, sizes)
    return edges, np.repeat(np.arange(len(rows)), sizes)


def _greatest(values: Floats, count: int) -> tuple[Integers, Integers]:
    """Return row and column of each column's ``count`` greatest entries above 0."""
    count = min(count, len(values))
    if not count:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    rows = np.argpartition(-values, count - 1, axis=0)[:count]  # [count, C]
    columns = np.broadcast_to(np.arange(values.shape[1]), rows.shape)
    found = np.take_along_axis(values, rows, axis=0) > 0
    return rows[found].astype(np.int64), columns[found].astype(np.int64)
