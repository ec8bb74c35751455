"""Networks over paths in a comparison: trained on the histories given, and how they score."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from model.checkpoint import Checkpoint, DamagedCheckpointError, Network, load_checkpoint
from model.rkan.batches import collate, rebatch
from model.rkan.network import RKAN
from model.rkan.pair_paths import PairPaths
from model.rkan_history.network import RKANHistory
from pipeline.config import AnyRunConfig, HistoryRunConfig, PathConfig
from pipeline.content.catalogue import Catalogue
from pipeline.content.dataset import Dataset
from pipeline.content.histories import Histories
from pipeline.device import torch_threads
from pipeline.errors import CheckpointError
from pipeline.graph import Graph
from pipeline.networks.rkan_history.candidates import Candidates
from pipeline.paths.links import compute_weights, movie_links
from pipeline.paths.prefetch import prefetched
from pipeline.paths.stream import UserPairs, stream_pair_paths
from pipeline.paths.weighted import derived_types
from pipeline.ranking.lists import Integers, Score, Scores
from pipeline.runs.checkpoints import FINISHED, UNFINISHED, training_settings
from pipeline.runs.train import finish_training, new_run

_PAIRS_AT_ONCE = 1024


def train_network(
    graph: Graph,
    config: AnyRunConfig,
    dataset: Dataset,
    histories: Histories,
    folder: Path,
    device: torch.device,
) -> Network:
    """A network trained on ``histories``; what ``folder`` holds of the same run is not done again.

    The same run has the same configuration, graph and histories: if it has finished, its network is
    loaded, and if it was interrupted, it goes on. Anything else in the folder is replaced.

    Args:
        graph: the graph of the histories.
        config: how to train; its ``recommend`` does not matter.
        dataset: what the graph holds.
        histories: all training histories, or a part of them; the rest is on no path.
        folder: of this network alone.
        device: where to train.

    Returns:
        The network in evaluation mode, on ``device``.

    Raises:
        ConfigError: rates with which training diverges.
        CheckpointError: a checkpoint in ``folder`` is damaged.
    """
    dataset = replace(dataset, data_hash=_fingerprint(dataset, histories))
    done = _saved(folder / FINISHED, config, dataset)
    if done is None:
        saved = _saved(folder / UNFINISHED, config, dataset)
        done = finish_training(new_run(graph, config, dataset, folder, device, saved, histories))
    return done.network.to(device).eval()


def closeness_scores(
    graph: Graph,
    network: RKAN,
    histories: Histories,
    config: PathConfig,
    seed: tuple[int, ...],
) -> Score:
    """What rank_movies asks for: the closeness of each pair (eq. 4), before the sigmoid.

    A pair's paths are those of training: through ``histories`` alone, at most
    ``config.max_paths_per_pair`` of them, and ``seed`` decides which. They are read while the
    network computes, and memory holds a few queries' worth. A user without history has no paths, so
    that all movies score the same.

    Args:
        graph: the graph of the histories.
        network: in evaluation mode, on the device that is to be used.
        histories: what the network was trained on; has all users that are asked for.
        config: which paths are read.
        seed: of the sampling of paths.
    """
    bounds = histories.bounds()

    def pairs(users: Integers, movies: Integers) -> Iterator[UserPairs]:
        labels = np.zeros(len(movies), dtype=np.float32)  # not known, and not looked at
        for user in users.tolist():
            start, end = bounds[user]
            yield UserPairs(user, movies, labels, end, start)

    def score(users: Integers, movies: Integers) -> Scores:
        paths = stream_pair_paths(
            graph,
            pairs(users, movies),
            config,
            seed=seed,
            via_bounds=bounds if config.through_users else None,
        )
        with torch_threads(), prefetched(paths) as chunks:
            logits = [_closeness(network, batch) for batch in rebatch(chunks, _PAIRS_AT_ONCE)]
        return np.concatenate(logits).reshape(len(users), len(movies))

    return score


def weighted_candidates(
    network: RKANHistory, histories: Histories, catalogue: Catalogue, config: HistoryRunConfig
) -> Candidates:
    """What RKAN-history ranks, over derived relationships computed from these histories alone.

    Those of the graph come from all of its training ratings, which a comparison may cut.
    """
    weights = compute_weights(histories, config.enrich, derived_types(config.paths))
    return Candidates(network, histories, movie_links(catalogue, weights), config.paths)


def proposal_scores(candidates: Candidates) -> Score:
    """What rank_movies asks for: the scores of the history encoder."""

    def score(users: Integers, movies: Integers) -> Scores:
        rows = candidates.histories.rows_of(users)
        return np.asarray(candidates.proposals(rows)[:, candidates.links.rows(movies)])

    return score


@torch.inference_mode()
def _closeness(network: RKAN, paths: PairPaths) -> Scores:
    """The closeness logits of the pairs, [B]."""
    output = network(collate(paths, network.no_path.device))
    return np.asarray(output.closeness_logits.cpu().numpy(), dtype=np.float32)


def _fingerprint(dataset: Dataset, histories: Histories) -> str:
    """Of the graph's content and of the part of it that trains."""
    digest = hashlib.sha256(dataset.data_hash.encode())
    for array in (histories.user_entities, histories.starts, histories.offsets, histories.movies):
        digest.update(array.tobytes())
    return digest.hexdigest()


def _saved(file: Path, config: AnyRunConfig, dataset: Dataset) -> Checkpoint | None:
    """The checkpoint, if there is one of this very run."""
    if not file.exists():
        return None
    try:
        found = load_checkpoint(file)
    except DamagedCheckpointError as error:
        raise CheckpointError(f"{error}; delete it to train this network again") from error
    settings = {name: part for name, part in found.config.items() if name != "recommend"}
    same = (settings, found.data_hash) == (training_settings(config), dataset.data_hash)
    return found if same else None
