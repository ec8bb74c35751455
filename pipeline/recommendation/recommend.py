"""Top-k recommendations for every user, explained by paths and written back into the graph.

RKAN ranks as in Algorithm 1, step 8 of the paper, by the inner product of the learned embeddings;
closeness (eq. 4) and attention over the paths (eq. 2 and 3) explain what was recommended.
RKAN-history ranks its candidates by what explains them (model.rkan_history.network.network).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import torch

from model.checkpoint import Checkpoint
from model.rkan.network import RKAN
from model.rkan_history.network import RKANHistory
from pipeline.config import (
    AnyRunConfig,
    HistoryRunConfig,
    PathConfig,
    RunConfig,
    config_from_dict,
)
from pipeline.content.catalogue import Catalogue, read_catalogue
from pipeline.content.dataset import read_dataset
from pipeline.content.histories import Histories, read_histories
from pipeline.device import choose_device, torch_threads
from pipeline.enrichment.enrich import enrich, find_enrichment
from pipeline.errors import CheckpointError, ConfigError, NotFoundError
from pipeline.graph import Graph
from pipeline.home import Home
from pipeline.networks.interface import Recommendation
from pipeline.networks.rkan.evidence import gather_evidence
from pipeline.networks.rkan.scoring import inner_products
from pipeline.networks.rkan_history.candidates import Candidates
from pipeline.networks.rkan_history.scoring import rank_by_paths
from pipeline.paths.links import movie_links, read_weights
from pipeline.paths.weighted import derived_types
from pipeline.progress import progress_bar
from pipeline.ranking.lists import Integers, Scores, rank_movies
from pipeline.recommendation.names import GraphNames
from pipeline.recommendation.sentences import Names
from pipeline.recommendation.write_back import write_back
from pipeline.runs.checkpoints import find_checkpoint, read_checkpoint

PATHS_READ = 20  # paths per pair that are weighed, where training samples fewer
_PATH_STREAM = 7  # sets the sampling of explanations apart from that of training


@dataclass(frozen=True)
class RecommendSummary:
    """What was written back.

    Attributes:
        run_id: the run, and with it the checkpoint.
        dataset: name of the graph's data set.
        users: users recommended to this time.
        skipped_users: users without a training rating, of whom nothing is known.
        top_k: movies asked for per user.
        recommendations: relationships written.
        replaced: relationships of an earlier time that they replace.
        unexplained: recommendations that no path leads to.
        seconds: wall time.
    """

    run_id: str
    dataset: str
    users: int
    skipped_users: int
    top_k: int
    recommendations: int
    replaced: int
    unexplained: int
    seconds: float


@torch_threads()
def recommend(
    graph: Graph,
    home: Home,
    *,
    run_id: str | None = None,
    users: Sequence[int] | None = None,
    top_k: int | None = None,
    device: str = "auto",
) -> RecommendSummary:
    """Rank, explain and write back under the run's id, atomically (see write_back).

    The same checkpoint and graph give the same recommendations again.

    Args:
        graph: the graph that the run was trained on.
        home: where the checkpoints are.
        run_id: the run; the newest checkpoint by default.
        users: userIds whose recommendations are replaced; all users by default.
        top_k: movies per user; what the run's configuration says by default.
        device: "auto", "cpu" or "cuda".

    Raises:
        CheckpointError: none, damaged, of another graph, or with weights that are no numbers.
        NotFoundError: a user who does not exist.
        ConfigError: ``top_k`` is not positive.
        GraphContentError: the graph is empty or half loaded.
    """
    started = datetime.now(UTC)
    dataset = read_dataset(graph)
    checkpoint = read_checkpoint(find_checkpoint(home, run_id), dataset)
    config = config_from_dict(checkpoint.config, f"checkpoint {checkpoint.run_id}")
    wanted = config.recommend.top_k if top_k is None else top_k
    if wanted < 1:
        raise ConfigError(f"top_k = {wanted} must be more than 0")
    histories = read_histories(graph, with_ratings=isinstance(config, HistoryRunConfig))
    catalogue = read_catalogue(graph)
    asked = _rows(histories, users)
    rows = asked[histories.sizes[asked] > 0]
    checkpoint.network.to(choose_device(device)).eval()
    made = _made(graph, checkpoint, config, histories, catalogue, rows, wanted)
    unexplained = 0

    def counted() -> Iterator[Recommendation]:
        nonlocal unexplained
        for each in made.recommendations:
            unexplained += not each.paths
            yield each

    with progress_bar("recommendations", made.total) as advance, _numbers_only(checkpoint.run_id):
        written, replaced = write_back(
            graph,
            checkpoint.run_id,
            _properties(checkpoint, wanted),
            counted(),
            names=made.names,
            embeddings=made.embeddings,
            users=None if users is None else histories.user_entities[asked].tolist(),
            started_at=started.isoformat(),
            advance=advance,
        )
    return RecommendSummary(
        run_id=checkpoint.run_id,
        dataset=checkpoint.dataset,
        users=len(rows),
        skipped_users=len(asked) - len(rows),
        top_k=wanted,
        recommendations=written,
        replaced=replaced,
        unexplained=unexplained,
        seconds=(datetime.now(UTC) - started).total_seconds(),
    )


def _rows(histories: Histories, users: Sequence[int] | None) -> Integers:
    """Rows of these userIds, ascending, each once; of all users if None."""
    if users is None:
        return np.arange(len(histories), dtype=np.int64)
    unknown = sorted(set(users).difference(histories.user_ids.tolist()))
    if unknown:
        raise NotFoundError(
            f"there is no user {', '.join(map(str, unknown[:5]))}; "
            f"userIds run from {histories.user_ids[0]} to {histories.user_ids[-1]}"
        )
    return np.searchsorted(histories.user_ids, np.unique(users)).astype(np.int64)


@dataclass(frozen=True)
class _Made:
    """What a network recommends.

    Attributes:
        total: recommendations to come.
        recommendations: one by one, their paths read as they are needed.
        names: wording of their paths.
        embeddings: float32 [num_entities, D].
    """

    total: int
    recommendations: Iterator[Recommendation]
    names: Names
    embeddings: Scores


def _made(
    graph: Graph,
    checkpoint: Checkpoint,
    config: AnyRunConfig,
    histories: Histories,
    catalogue: Catalogue,
    rows: Integers,
    k: int,
) -> _Made:
    keep = config.recommend.max_explanation_paths
    network = checkpoint.network
    if isinstance(config, HistoryRunConfig) and isinstance(network, RKANHistory):
        candidates = _candidates(graph, network, config, histories, catalogue)
        return _Made(
            total=k * len(rows),
            recommendations=rank_by_paths(candidates, rows, k=k, keep=keep),
            names=GraphNames(catalogue, candidates.links),
            embeddings=_history_embeddings(candidates, len(catalogue.kinds)),
        )
    assert isinstance(config, RunConfig) and isinstance(network, RKAN)  # noqa: S101
    with _numbers_only(checkpoint.run_id):
        top = rank_movies(histories, rows, inner_products(network), k)
    evidence = gather_evidence(
        graph,
        network,
        histories.user_entities[rows],
        top,
        _path_config(config),
        keep=keep,
        seed=(config.train.seed, _PATH_STREAM),
    )
    embeddings = network.embedding.weight.detach().cpu().numpy()
    return _Made(int(top.lengths.sum()), evidence, GraphNames(catalogue), embeddings)


def _candidates(
    graph: Graph,
    network: RKANHistory,
    config: HistoryRunConfig,
    histories: Histories,
    catalogue: Catalogue,
) -> Candidates:
    """Over the graph's derived relationships, which are written if there are none."""
    types = derived_types(config.paths)
    if types and find_enrichment(graph) is None:
        enrich(graph, histories, config.enrich)
    links = movie_links(catalogue, read_weights(graph, types))
    return Candidates(network, histories, links, config.paths)


@torch.inference_mode()
def _history_embeddings(candidates: Candidates, num_entities: int) -> Scores:
    """Vectors of users, from their histories, and movies; of all other entities 0: [N, D]."""
    encoder, histories = candidates.network.history, candidates.histories
    table = np.zeros((num_entities, encoder.config.dim), dtype=np.float32)
    table[candidates.links.movies] = encoder.movie_vectors().cpu().numpy()
    table[histories.user_entities] = candidates.user_vectors()
    return table


@contextmanager
def _numbers_only(run_id: str) -> Iterator[None]:
    try:
        yield
    except FloatingPointError as error:
        raise CheckpointError(
            f"the weights of run {run_id} give scores that are no numbers; "
            "train again with a smaller train.learning_rate"
        ) from error


def _path_config(config: RunConfig) -> PathConfig:
    read = max(PATHS_READ, config.paths.max_paths_per_pair, config.recommend.max_explanation_paths)
    return dataclasses.replace(config.paths, max_paths_per_pair=read)


def _model(network: RKAN | RKANHistory) -> str:
    """What made the recommendations, as the Run node has it."""
    if isinstance(network, RKANHistory):
        return "RKAN-history"
    aggregation = network.config.aggregation
    return "RKAN" if aggregation == "attention" else f"RKGE ({aggregation})"


def _properties(checkpoint: Checkpoint, top_k: int) -> dict[str, str | int]:
    return {
        "model": _model(checkpoint.network),
        "dataset": checkpoint.dataset,
        "config": json.dumps(checkpoint.config),
        "dataHash": checkpoint.data_hash,
        "seed": checkpoint.seed,
        "topK": top_k,
    }
