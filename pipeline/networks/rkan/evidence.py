"""The evidence for each recommendation: its closeness, and its paths with their attention."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from model.arrays import PADDING, Floats
from model.rkan.batches import collate
from model.rkan.network import RKAN
from model.rkan.pair_paths import PairPaths
from pipeline.graph import Graph
from pipeline.ids import EntityId, EntityIds
from pipeline.networks.interface import Recommendation
from pipeline.paths.config import PathConfig
from pipeline.paths.stream import UserPairs, stream_pair_paths
from pipeline.ranking.lists import TopLists


def gather_evidence(
    graph: Graph,
    network: RKAN,
    users: EntityIds,
    top: TopLists,
    config: PathConfig,
    *,
    keep: int,
    seed: tuple[int, ...],
) -> Iterator[Recommendation]:
    """Yield every recommendation of ``top``, with paths read from the graph.

    Paths are streamed: memory holds the result of one query, whatever the number of users.

    Args:
        graph: the database.
        network: the network, in evaluation mode, on the device to use.
        users: int64 [R], entityIds of the users of the lists.
        top: the lists.
        config: settings of the paths to read, at most ``max_paths_per_pair`` of each pair.
        keep: number of paths kept of each pair, those with the most attention.
        seed: seed of the sampling of paths where a pair has more.
    """
    row_of = {int(user): row for row, user in enumerate(users)}
    for chunk in stream_pair_paths(graph, _pairs(users, top), config, seed=seed):
        closeness, weights = _apply(network, chunk)
        bounds = np.searchsorted(chunk.pair_index, np.arange(len(chunk.users) + 1))
        for pair, (user, movie) in enumerate(zip(chunk.users, chunk.movies, strict=True)):
            row = row_of[int(user)]
            place = int(np.flatnonzero(top.movies[row] == movie)[0])
            own = slice(bounds[pair], bounds[pair + 1])
            best = _most_attention(chunk, own, weights[own])[:keep] + bounds[pair]
            yield Recommendation(
                user=EntityId(int(user)),
                movie=EntityId(int(movie)),
                rank=place + 1,
                score=float(top.scores[row, place]),
                closeness=float(closeness[pair]),
                paths=[_entities(chunk, int(path)) for path in best],
                weights=[float(weights[i]) for i in best],
            )


def _pairs(users: EntityIds, top: TopLists) -> Iterator[UserPairs]:
    for user, movies in zip(users, top.movies, strict=True):
        listed = movies[movies != PADDING]
        if len(listed):
            labels = np.zeros(len(listed), dtype=np.float32)  # unknown and unused
            yield UserPairs(int(user), listed, labels, None)


def _entities(paths: PairPaths, path: int) -> tuple[EntityId, ...]:
    return tuple(map(EntityId, paths.entities[path, : paths.lengths[path]].tolist()))


@torch.inference_mode()
def _apply(network: RKAN, paths: PairPaths) -> tuple[Floats, Floats]:
    """Return the closeness of each pair [B] and the attention of each path [N]."""
    output = network(collate(paths, next(network.parameters()).device))
    return torch.sigmoid(output.closeness_logits).cpu().numpy(), output.path_weights.cpu().numpy()


def _most_attention(paths: PairPaths, own: slice, weights: Floats) -> np.typing.NDArray[np.intp]:
    """Return the order of a pair's paths: most attention first, ties by entityIds."""
    columns = paths.entities[own].T[::-1]
    return np.lexsort((*columns, -weights))
