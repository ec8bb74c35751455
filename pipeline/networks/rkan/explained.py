"""Which of a path method's recommendations have a path that explains them."""

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
    """How many movies of each list at least one path joins to its user, int64 [R].

    The paths are those that the method reads: through ``histories`` alone. Those of 5 and 7 hops
    are looked for among the movies in between that ``seed`` draws, as in training.

    Args:
        graph: the graph of the histories.
        histories: what the method learned from.
        rows: int64 [R], the users' rows there, each once.
        top: their lists.
        config: which paths are read.
        seed: of the draws.
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
