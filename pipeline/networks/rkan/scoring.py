"""Scores of RKAN: by inner product (Algorithm 1, step 8 of the paper), or by closeness (eq. 4)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from model.arrays import Floats
from model.rkan.batches import collate, rebatch
from model.rkan.network import RKAN
from model.rkan.pair_paths import PairPaths
from pipeline.content.histories import Histories
from pipeline.device import torch_threads
from pipeline.graph import Graph
from pipeline.ids import EntityIds
from pipeline.paths.config import PathConfig
from pipeline.paths.prefetch import prefetched
from pipeline.paths.stream import UserPairs, stream_pair_paths
from pipeline.ranking.lists import Score

PAIRS_AT_ONCE = 1024


def inner_products(network: RKAN) -> Score:
    """Return the network's inner products as a score for rank_movies."""

    @torch.inference_mode()
    def score(users: EntityIds, movies: EntityIds) -> Floats:
        device = network.embedding.weight.device
        scores = network.score(
            torch.from_numpy(users).to(device), torch.from_numpy(movies).to(device)
        )
        return np.asarray(scores.cpu().numpy(), dtype=np.float32)

    return score


def closeness_scores(
    graph: Graph,
    network: RKAN,
    histories: Histories,
    config: PathConfig,
    seed: tuple[int, ...],
) -> Score:
    """Return the closeness of each pair (eq. 4), before the sigmoid, as a score for rank_movies.

    A pair's paths are as in training: through ``histories`` alone, at most
    ``config.max_paths_per_pair`` of them, sampled with ``seed``. They are read while the network
    computes, and memory holds the results of a few queries. A user without history has no paths, so
    all movies score the same.

    Args:
        graph: the graph of the histories.
        network: the network, in evaluation mode, on the device to use.
        histories: training histories of the network, with all users to score.
        config: settings of the paths to read.
        seed: seed of the sampling of paths.
    """
    bounds = histories.bounds()

    def pairs(users: EntityIds, movies: EntityIds) -> Iterator[UserPairs]:
        labels = np.zeros(len(movies), dtype=np.float32)  # unknown and unused
        for user in users.tolist():
            start, end = bounds[user]
            yield UserPairs(user, movies, labels, end, start)

    def score(users: EntityIds, movies: EntityIds) -> Floats:
        paths = stream_pair_paths(
            graph,
            pairs(users, movies),
            config,
            seed=seed,
            via_bounds=bounds if config.through_users else None,
        )
        with torch_threads(), prefetched(paths) as chunks:
            logits = [_closeness(network, batch) for batch in rebatch(chunks, PAIRS_AT_ONCE)]
        return np.concatenate(logits).reshape(len(users), len(movies))

    return score


@torch.inference_mode()
def _closeness(network: RKAN, paths: PairPaths) -> Floats:
    """Return the closeness logits of the pairs, [B]."""
    output = network(collate(paths, network.no_path.device))
    return np.asarray(output.closeness_logits.cpu().numpy(), dtype=np.float32)
