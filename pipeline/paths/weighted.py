"""The paths with most weight from a user to candidate movies: user - movie - (attribute -) movie.

Two relationships lead over a derived one (WATCHED_NEXT, SIMILAR), three over an attribute that the
movies share. A path counts more the greater the weight of what joins its movies and the more
recently the user watched the first; of each kind the best few of a candidate are kept.
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
FADINGS = (0.5, 0.7, 0.85, 0.97)  # what a path counts per step back, when all are taken together
FEATURES = len(KINDS) + 4  # a weight of each kind, three of age, the rating
LINEAR = len(KINDS) * len(FADINGS) + 1  # all paths of a kind together, popularity


@dataclass(frozen=True)
class AskedList:
    """One user's candidates. T movies of the history, C candidates.

    Attributes:
        user: entityId.
        history: int64 [T], rows of movies, newest first.
        ratings: float32 [T], stars less the user's mean, 0 where there are none.
        candidates: int64 [C], rows of movies, none of them of the history.
        labels: float32 [C], 1 where the user went on to watch it; 0 where that is not known.
    """

    user: int
    history: Integers
    ratings: Floats
    candidates: Integers
    labels: Floats


class _Paths(NamedTuple):
    """One user's paths, N of them, by candidate; the fields are CandidateLists' own."""

    slots: Integers
    sources: Integers
    ages: Integers
    relations: npt.NDArray[np.int8]
    attributes: Integers
    features: Floats


class WeightedPaths:
    """Finds the paths of users' candidates; see the module.

    The features of a path are the square roots of the weights that join its two movies, one for
    each kind; exp(-age / 5), exp(-age / 30) and log(1 + age) / 5; and the rating, in stars from the
    user's mean, halved. The linear features of a candidate are, for each kind and each of FADINGS,
    the weights of all paths, faded by ``fading ** age`` and summed; and the log of its popularity;
    all of them less the mean over the user's candidates.
    """

    def __init__(
        self, links: MovieLinks, config: WeightedPathConfig, popularity: npt.NDArray[np.integer]
    ) -> None:
        """``popularity`` int64 [M]: training interactions of each movie."""
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
        """The lists with their paths, users in the order given, ``users`` of them at a time."""
        held: list[AskedList] = []
        for each in asked:
            held.append(each)
            if len(held) == users:
                yield self.lists(held)
                held = []
        if held:
            yield self.lists(held)

    def lists(self, asked: list[AskedList]) -> CandidateLists:
        """The lists of some users, at least one."""
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
        """The paths in order of the candidates, and the linear features [C, L]."""
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
        """What joins each movie of the history with each candidate, [T, C]."""
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
        """Of each two movies that share an attribute, the second's edge to the rarest one."""
        attributes = self.links.attributes
        edges, pairs = _entries(attributes, second)
        wanted = first[pairs] * attributes.shape[1] + attributes.indices[edges]
        at = np.minimum(np.searchsorted(self._owned, wanted), len(self._owned) - 1)
        both = np.flatnonzero(self._owned[at] == wanted)
        _, rarest = np.unique(pairs[both], return_index=True)  # columns ascend: the rarest first
        return edges[both[rarest]]


def derived_types(config: WeightedPathConfig) -> list[str]:
    """The derived relationships that such paths go over."""
    counts = (config.watched_next, config.similar)
    types = MOVIELENS.derived_relations
    return [kind for kind, count in zip(types, counts, strict=True) if count]


def _entries(matrix: csr_array, rows: Integers) -> tuple[Integers, Integers]:
    """The places in ``data`` of these rows' entries, row by row, and the place in ``rows``."""
    starts = matrix.indptr[rows].astype(np.int64)
    sizes = matrix.indptr[rows + 1] - starts
    ends = np.cumsum(sizes)
    edges = np.arange(int(sizes.sum())) + np.repeat(starts - ends + sizes, sizes)
    return edges, np.repeat(np.arange(len(rows)), sizes)


def _greatest(values: Floats, count: int) -> tuple[Integers, Integers]:
    """Row and column of each column's ``count`` greatest entries above 0."""
    count = min(count, len(values))
    if not count:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    rows = np.argpartition(-values, count - 1, axis=0)[:count]  # [count, C]
    columns = np.broadcast_to(np.arange(values.shape[1]), rows.shape)
    found = np.take_along_axis(values, rows, axis=0) > 0
    return rows[found].astype(np.int64), columns[found].astype(np.int64)
