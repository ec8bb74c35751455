"""Writes top-k recommendations for every user to the graph, explained by paths."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from model.checkpoint import Checkpoint
from pipeline.content.dataset import read_dataset
from pipeline.content.histories import Histories, read_histories
from pipeline.content.lookup import find_user, is_storable
from pipeline.device import torch_threads
from pipeline.enrichment.stored import check_unchanged
from pipeline.errors import ConfigError
from pipeline.graph import Graph
from pipeline.home import Home
from pipeline.ids import UserRows
from pipeline.networks.interface import Recommendation
from pipeline.networks.registry import NETWORKS
from pipeline.networks.run_config import RunConfig
from pipeline.progress import progress_bar
from pipeline.recommendation.facts import GraphFacts
from pipeline.recommendation.write_back import write_back
from pipeline.runs.checkpoints import find_trained
from pipeline.runs.loading import context_of, finite_scores, load_recommender, stored_config


@dataclass(frozen=True)
class RecommendSummary:
    """The recommendations that were written to the graph.

    Attributes:
        run_id: name of the run and of its checkpoint.
        dataset: name of the graph's data set.
        users: number of users with recommendations.
        skipped_users: number of users without a training rating, who get no recommendations.
        top_k: number of movies requested per user.
        short_lists: number of users with fewer movies than that, for lack of candidates.
        recommendations: number of relationships written.
        replaced: number of earlier relationships of the run that were deleted.
        unexplained: number of recommendations without a path.
        seconds: wall time.
    """

    run_id: str
    dataset: str
    users: int
    skipped_users: int
    top_k: int
    short_lists: int
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
    """Rank, explain and write the recommendations of a run, atomically (see write_back).

    The same checkpoint and graph give the same recommendations again.

    Args:
        graph: the graph that the run was trained on.
        home: folder with the checkpoints.
        run_id: name of the run, by default the run that finished last.
        users: userIds whose recommendations are replaced, by default all users. With some users
            only, the embeddings of the graph are left as they are.
        top_k: number of movies per user, by default that of the run's configuration.
        device: "auto", "cpu" or "cuda".

    Raises:
        CheckpointError: the checkpoint is missing, damaged or of another graph, or its scores are
            NaN or infinite.
        NotFoundError: a user does not exist.
        ConfigError: ``top_k`` is not positive.
        GraphContentError: the graph is empty or incomplete, or has other derived relationships than
            the run was trained on.
    """
    started = datetime.now(UTC)
    dataset = read_dataset(graph)
    checkpoint = find_trained(home, dataset, run_id)
    config = stored_config(checkpoint)
    wanted = config.recommend.top_k if top_k is None else top_k
    if wanted < 1:
        raise ConfigError(f"top_k = {wanted} must be more than 0")
    histories = read_histories(graph) if users is None else _some_histories(graph, users)
    context = context_of(graph, home, dataset, checkpoint, histories, device)
    rows = UserRows(np.flatnonzero(histories.sizes > 0))
    recommender = load_recommender(context, config, checkpoint)
    unexplained, last_ranks = 0, 0

    def counted() -> Iterator[Recommendation]:
        nonlocal unexplained, last_ranks
        # From here on, whoever would replace them waits until all lists are written.
        fix = f"run: pipeline enrich --run-id {checkpoint.run_id}"
        check_unchanged(graph, checkpoint.derived, fix)
        keep = config.recommend.max_explanation_paths
        for each in recommender.recommend(rows, wanted, keep):
            unexplained += not each.paths
            last_ranks += each.rank == wanted
            yield each

    with (
        progress_bar("recommendations", wanted * len(rows)) as advance,
        finite_scores(checkpoint.run_id),
    ):
        written, replaced = write_back(
            graph,
            checkpoint.run_id,
            _properties(checkpoint, config, wanted),
            counted(),
            facts=GraphFacts(graph, context.catalogue, histories, recommender.relation),
            embeddings=recommender.embeddings() if users is None else None,
            users=None if users is None else histories.user_entities.tolist(),
            started_at=started.isoformat(),
            advance=advance,
        )
    return RecommendSummary(
        run_id=checkpoint.run_id,
        dataset=checkpoint.dataset,
        users=len(rows),
        skipped_users=len(histories) - len(rows),
        top_k=wanted,
        short_lists=len(rows) - last_ranks,
        recommendations=written,
        replaced=replaced,
        unexplained=unexplained,
        seconds=(datetime.now(UTC) - started).total_seconds(),
    )


def _some_histories(graph: Graph, users: Sequence[int]) -> Histories:
    """Read the histories of these userIds.

    Raises:
        NotFoundError: one of them does not exist.
    """
    histories = read_histories(graph, users=[user for user in set(users) if is_storable(user)])
    for unknown in sorted(set(users).difference(histories.user_ids.tolist())):
        find_user(graph, unknown)  # its error says which users there are
    return histories


def _properties(
    checkpoint: Checkpoint, config: RunConfig, top_k: int
) -> dict[str, str | int | None]:
    return {
        "model": NETWORKS[config.network].title_of(config),
        "dataset": checkpoint.dataset,
        "config": json.dumps(checkpoint.config),
        "dataHash": checkpoint.data_hash,
        "derivedFingerprint": checkpoint.derived,
        "seed": checkpoint.seed,
        "topK": top_k,
    }
