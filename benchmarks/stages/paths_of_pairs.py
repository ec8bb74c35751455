"""The paths of RKAN: of a user's positives and negatives, sampled or all of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice

import numpy as np

from benchmarks.bench import Bench, Content
from benchmarks.errors import DifferentResultsError
from benchmarks.join import ArrayJoin
from benchmarks.pairing import Block, Figure, timed
from benchmarks.simple_paths import AttributePaths, count_paths, until
from model.arrays import Integers
from pipeline.graph import Graph
from pipeline.ids import EntityIds
from pipeline.networks.rkan.pairs import TrainingPairs
from pipeline.paths.config import PathConfig
from pipeline.paths.stream import USERS_PER_QUERY, UserPairs, stream_pair_paths

_ALL = 10_000  # paths per pair, the most that can be asked for
_SEED = (0,)
_TARGETS = {3: (150.0, 400.0)}  # hops -> times as fast as NetworkX, cold and warm
_OF_JOIN = 1 / 3


class PairSample:
    """Pairs of some users, as training asks for them, and a few of them for NetworkX.

    Attributes:
        hops: most relationships of a path.
        rows: int64 [n], row of each pair's user.
        movies: int64 [n], entityId of each pair's movie.
        few: int64, places of the pairs that NetworkX lists; each has a path of 3 hops.
    """

    def __init__(self, graph: Graph, content: Content, hops: int, users: int, listed: int) -> None:
        histories, edges = content.histories, content.catalogue.edges
        self._graph, self._histories, self.hops = graph, histories, hops
        source = TrainingPairs(graph, histories, PathConfig(), num_negs_per_pos=1, seed=_SEED)
        self.asked: list[UserPairs] = list(islice(source.pairs(1), users))
        entities = np.array([each.user for each in self.asked], dtype=np.int64)
        sizes = [len(each.movies) for each in self.asked]
        self.rows: Integers = np.repeat(histories.rows_of(EntityIds(entities)), sizes)
        self.movies: Integers = np.concatenate([each.movies for each in self.asked])
        self.join = ArrayJoin(histories, edges, content.dataset.num_entities)
        self._attribute_paths = AttributePaths(edges)
        ends = np.cumsum(sizes)[USERS_PER_QUERY - 1 :: USERS_PER_QUERY]
        self._parts = np.split(np.arange(len(self.rows)), ends)  # as many users as in a query
        reached = np.flatnonzero(self.count_joined())
        rng = np.random.default_rng(_SEED)
        self.few: Integers = rng.choice(reached, min(listed, len(reached)), replace=False)

    def read(self, most: int | None = None) -> int:
        """Read the paths from the graph, at most so many of a pair; return the number of pairs."""
        changes = {"max_hops": self.hops} | ({} if most is None else {"max_paths_per_pair": most})
        config = PathConfig().changed(changes)
        chunks = stream_pair_paths(self._graph, self.asked, config, seed=_SEED)
        return sum(len(chunk.users) for chunk in chunks)

    def count(self) -> Integers:
        """Return the number of paths of each pair in the graph, at most _ALL, int64 [n]."""
        config = PathConfig(max_hops=3, max_paths_per_pair=_ALL)
        chunks = stream_pair_paths(self._graph, self.asked, config, seed=_SEED)
        counts = [np.bincount(each.pair_index, minlength=len(each.users)) for each in chunks]
        return np.concatenate(counts)

    def count_joined(self) -> Integers:
        """List all paths by the join, and return the number of each pair, int64 [n]."""
        counts = []
        for part in self._parts:
            found = self.join.paths(self.rows[part], self.movies[part])
            counts.append(np.bincount(found.pairs, minlength=len(part)))
        return np.concatenate(counts)

    def list_few(self, seconds: float) -> Block:
        """List the paths of a few pairs with NetworkX, for at most so many seconds."""
        return until(seconds, (partial(self.list_one, place) for place in self.few.tolist()))

    def list_one(self, place: int, deadline: float = float("inf")) -> int:
        """Count the paths of one pair with NetworkX."""
        user, movie = int(self._histories.user_entities[self.rows[place]]), int(self.movies[place])
        history = self._histories.movies_of(int(self.rows[place])).tolist()
        with self._attribute_paths.of(user, history, movie) as graph:
            return count_paths(graph, user, movie, self.hops, deadline)


def sampled_paths(bench: Bench, sample: PairSample) -> Iterator[Figure]:
    """Measure the paths that training reads, up to five of each pair."""
    seconds = bench.size(1, 10) if sample.hops > 3 else float("inf")
    found = bench.measure(timed(sample.read), lambda: sample.list_few(seconds))
    cold, warm = _TARGETS.get(sample.hops, (None, None))
    for name, rounds, target in (("cold", [found.first], cold), ("warm", found.rounds, warm)):
        yield Figure(
            "paths",
            f"RKAN {sample.hops} hops, {name}",
            "pairs/s",
            [own for own, _ in rounds],
            "NetworkX",
            [other for _, other in rounds],
            target,
            found.peaks,
        )


def all_paths(bench: Bench, sample: PairSample) -> Iterator[Figure]:
    """Measure all paths of 3 hops beside a join in memory, once both have found the same."""
    check(sample)
    found = bench.measure(
        timed(lambda: sample.read(_ALL)),
        timed(lambda: len(sample.count_joined())),
    )
    yield Figure(
        "paths",
        "RKAN 3 hops, all",
        "pairs/s",
        [own for own, _ in found.rounds],
        "join in memory",
        [other for _, other in found.rounds],
        _OF_JOIN,
        found.peaks,
    )


def check(sample: PairSample) -> None:
    """Check that Neo4j, the join and NetworkX find the same number of paths of each pair.

    Raises:
        DifferentResultsError: they do not.
    """
    joined = sample.count_joined()
    if not np.array_equal(sample.count(), np.minimum(joined, _ALL)):
        raise DifferentResultsError("the graph and the join have different numbers of paths")
    for place in sample.few.tolist():
        if sample.list_one(place) != joined[place]:
            raise DifferentResultsError("NetworkX and the join have different numbers of paths")
