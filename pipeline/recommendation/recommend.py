"""Top-k recommendations for every user, explained by paths and written back into the graph.

Algorithm 1, step 8 of the paper: movies are ranked by the inner product of the learned embeddings;
closeness (eq. 4) and attention over the paths (eq. 2 and 3) explain what was recommended.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from model.checkpoint import Checkpoint
from model.rkan import RKAN
from pipeline.catalogue import read_catalogue
from pipeline.config import PathConfig, RunConfig, config_from_dict
from pipeline.dataset import read_dataset
from pipeline.device import choose_device, torch_threads
from pipeline.errors import CheckpointError, ConfigError, NotFoundError
from pipeline.graph import Graph
from pipeline.histories import Histories, read_histories
from pipeline.home import Home
from pipeline.progress import progress_bar
from pipeline.recommendation.evidence import Recommendation, gather_evidence
from pipeline.recommendation.ranking import Integers, TopLists, rank_movies
from pipeline.recommendation.scoring import inner_products
from pipeline.recommendation.write_back import write_back
from pipeline.training.checkpoints import find_checkpoint, read_checkpoint

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
    checkpoint = read_checkpoint(find_checkpoint(home, run_id), read_dataset(graph))
    config = config_from_dict(checkpoint.config, f"checkpoint {checkpoint.run_id}")
    wanted = config.recommend.top_k if top_k is None else top_k
    if wanted < 1:
        raise ConfigError(f"top_k = {wanted} must be more than 0")
    histories, catalogue = read_histories(graph), read_catalogue(graph)
    asked = _rows(histories, users)
    rows = asked[histories.sizes[asked] > 0]
    network = checkpoint.network.to(choose_device(device)).eval()
    top = _ranked(network, histories, rows, wanted, checkpoint.run_id)
    evidence = gather_evidence(
        graph,
        network,
        histories.user_entities[rows],
        top,
        _path_config(config),
        keep=config.recommend.max_explanation_paths,
        seed=(config.train.seed, _PATH_STREAM),
    )
    unexplained = 0

    def counted() -> Iterator[Recommendation]:
        nonlocal unexplained
        for each in evidence:
            unexplained += not each.paths
            yield each

    with progress_bar("recommendations", int(top.lengths.sum())) as advance:
        written, replaced = write_back(
            graph,
            checkpoint.run_id,
            _properties(checkpoint, wanted),
            counted(),
            catalogue=catalogue,
            embeddings=network.embedding.weight.detach().cpu().numpy(),
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


def _ranked(network: RKAN, histories: Histories, rows: Integers, k: int, run_id: str) -> TopLists:
    try:
        return rank_movies(histories, rows, inner_products(network), k)
    except FloatingPointError as error:
        raise CheckpointError(
            f"the embeddings of run {run_id} hold values that are no numbers; "
            "train again with a smaller train.learning_rate"
        ) from error


def _path_config(config: RunConfig) -> PathConfig:
    read = max(PATHS_READ, config.paths.max_paths_per_pair, config.recommend.max_explanation_paths)
    return dataclasses.replace(config.paths, max_paths_per_pair=read)


def _model(network: RKAN) -> str:
    """What made the recommendations, as the Run node has it."""
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
