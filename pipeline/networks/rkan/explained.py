"""The number of recommendations that a path explains."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from model.arrays import PADDING, Integers
from pipeline.content.histories import Histories
from pipeline.graph import Graph
from pipeline.ids import UserRows
from pipeline.paths.config import PathConfig
from pipeline.paths.stream import UserPairs, stream_pair_paths
from pipeline.ranking.lists import TopLists


def count_explained(
    graph: Graph,
    histories: Histories,
    rows: UserRows,
    top: TopLists,
    config: PathConfig,
    seed: tuple[int, ...],
) -> Integers:
    """Return the number of movies on each list with a path from the user, int64 [R].

    The paths are those that the method reads, through ``histories`` alone. Paths of 5 and 7 hops
    pass through movies that are drawn with ``seed``, as in training.

    Args:
        graph: the graph of the histories.
        histories: training histories of the method.
        rows: int64 [R], the users' rows in the histories, each once.
        top: lists of these users.
        config: settings of the paths to read.
        seed: seed of the draws.
    """
    bounds = histories.bounds()
    users = histories.user_entities[rows]

    def pairs() -> Iterator[UserPairs]:
        for user, listed in zip(users.tolist(), top.movies, strict=True):
            movies = listed[listed != PADDING]
            start, end = bounds[user]
            yield UserPairs(user, movies, np.zeros(len(movies), dtype=np.float32), end, start)

    counts = np.zeros(int(users.max(initial=0)) + 1, dtype=np.int64)  # by entityId
    for chunk in stream_pair_paths(
        graph,
        pairs(),
        config.changed({"max_paths_per_pair": 1}),
        seed=seed,
        via_bounds=bounds if config.through_users else None,
    ):
        np.add.at(counts, chunk.users[np.unique(chunk.pair_index)], 1)
    return counts[users]
