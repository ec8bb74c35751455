"""Measures the explanations of a run: what the stored summands of its scores say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from model.arrays import Doubles
from pipeline.content.catalogue import read_catalogue
from pipeline.content.dataset import read_dataset
from pipeline.content.histories import Histories, read_histories
from pipeline.device import choose_device, torch_threads
from pipeline.errors import GraphContentError
from pipeline.graph import Graph
from pipeline.home import Home
from pipeline.ids import UserRows
from pipeline.networks.interface import Deletions, RunContext
from pipeline.queries import load_query
from pipeline.runs.checkpoints import find_trained
from pipeline.runs.loading import load_recommender, stored_config
from pipeline.runs.stored import find_run
from pipeline.schema import MOVIELENS

_PEOPLE = {MOVIELENS.directed, MOVIELENS.wrote, MOVIELENS.acted_in}
_RESAMPLES, _SEED = 2000, 0


@dataclass(frozen=True)
class DeletionTest:
    """What a score loses without its strongest path, minus what it loses without a random one.

    Attributes:
        recommendations: number of recommendations with at least two paths.
        strongest: mean fall of the score without the strongest path.
        random: mean fall without a path drawn at random.
        low: lower end of the 95 % interval of the mean difference (bootstrap).
        high: upper end.
    """

    recommendations: int
    strongest: float
    random: float
    low: float
    high: float


@dataclass(frozen=True)
class ExplanationQuality:
    """The explanations of all stored recommendations of a run; shares are between 0 and 1.

    Attributes:
        run_id: name of the run.
        dataset: name of its data set.
        recommendations: number of recommendations.
        path_share: mean share of the paths in the absolute score.
        shares: mean share of each summand, by name: taste, popularity and the kinds of paths.
        shown_share: mean share of the stored paths.
        negative: share of recommendations whose paths count against them.
        largest_gap: greatest difference between a score and the sum of its summands.
        leading: share of recommendations by the last relationship of their first reason.
        with_person: share of recommendations with a person on a stored path.
        disliked: share of recommendations whose first reason goes through a movie that the user
            rated below the own mean, although another stored path does not.
        deletion: result of deleting single paths; None if no recommendation has two.
    """

    run_id: str
    dataset: str
    recommendations: int
    path_share: float
    shares: dict[str, float]
    shown_share: float
    negative: float
    largest_gap: float
    leading: dict[str, float]
    with_person: float
    disliked: float
    deletion: DeletionTest | None


@dataclass
class _Sums:
    """Running sums over recommendations."""

    recommendations: int = 0
    path_share: float = 0.0
    shown_share: float = 0.0
    shares: Counter[str] = field(default_factory=Counter)
    negative: int = 0
    largest_gap: float = 0.0
    leading: Counter[str] = field(default_factory=Counter)
    with_person: int = 0
    disliked: int = 0


@torch_threads()
def evaluate_explanations(
    graph: Graph, home: Home, *, run_id: str | None = None, device: str = "auto"
) -> ExplanationQuality:
    """Measure the explanations of a run, by default the newest.

    The summands are those in the graph. For the deletions, the network of the run scores again.

    Raises:
        NotFoundError: the run does not exist, or there are no runs.
        GraphContentError: scores of the run are not sums of paths.
        CheckpointError: the checkpoint of the run is missing or damaged.
    """
    run = find_run(graph, run_id)
    histories = read_histories(graph)
    sums, most = _Sums(), 0
    users: set[int] = set()
    below = _Below(histories)
    for row in graph.stream(load_query("read/ledgers"), runId=run.run_id):
        _add(sums, row, below)
        users.add(row[0])
        most = max(most, row[1])
    count = sums.recommendations
    if not count:
        raise GraphContentError(
            f"the scores of run {run.run_id} are not sums of paths; "
            "run: pipeline train --model rkan-history, then pipeline recommend"
        )
    dataset = read_dataset(graph)
    checkpoint = find_trained(home, dataset, run.run_id)
    context = RunContext(
        graph=graph,
        dataset=dataset,
        histories=histories,
        catalogue=read_catalogue(graph),
        folder=home.checkpoints / checkpoint.run_id,
        device=choose_device(device),
    )
    recommender = load_recommender(context, stored_config(checkpoint), checkpoint)
    rows = UserRows(np.flatnonzero(np.isin(histories.user_entities, sorted(users))))
    return ExplanationQuality(
        run_id=run.run_id,
        dataset=run.dataset,
        recommendations=count,
        path_share=sums.path_share / count,
        shares={name: value / count for name, value in sums.shares.items()},
        shown_share=sums.shown_share / count,
        negative=sums.negative / count,
        largest_gap=sums.largest_gap,
        leading={name: number / count for name, number in sums.leading.most_common()},
        with_person=sums.with_person / count,
        disliked=sums.disliked / count,
        deletion=_deletion_test(recommender.deletions(rows, most, _SEED)),
    )


class _Below:
    """The movies that each user rated below the own mean."""

    def __init__(self, histories: Histories) -> None:
        rows = range(len(histories))
        means = np.array([histories.mean_rating(row) for row in rows], dtype=np.float64)
        below = histories.ratings < np.repeat(means, histories.sizes)
        users = np.repeat(histories.user_entities, histories.sizes)
        pairs = zip(users[below].tolist(), histories.movies[below].tolist(), strict=True)
        self._pairs = set(pairs)

    def __call__(self, path: str) -> bool:
        """Return True if a stored path goes through such a movie."""
        user, movie = path.split(">")[:2]
        return (int(user), int(movie)) in self._pairs


def _add(sums: _Sums, row: Sequence[Any], below: _Below) -> None:
    _, _, score, taste, popularity, kinds, kind_scores, paths, weights, relations = row
    parts = {"taste": taste, "popularity": popularity, **dict(zip(kinds, kind_scores, strict=True))}
    from_paths = sum(kind_scores)
    size = sum(map(abs, parts.values())) or 1.0
    sums.recommendations += 1
    sums.path_share += abs(from_paths) / size
    sums.shown_share += sum(weights) / size
    for name, part in parts.items():
        sums.shares[name] += abs(part) / size
    sums.negative += from_paths < 0
    sums.largest_gap = max(sums.largest_gap, abs(score - sum(parts.values())))
    if paths:
        sums.leading[relations[0]] += 1
        sums.with_person += not _PEOPLE.isdisjoint(relations)
        sums.disliked += below(paths[0]) and not all(map(below, paths))


def _deletion_test(chunks: Iterable[Deletions]) -> DeletionTest | None:
    parts = list(chunks)
    strongest = np.concatenate([part.strongest for part in parts] or [np.zeros(0, np.float32)])
    drawn = np.concatenate([part.random for part in parts] or [np.zeros(0, np.float32)])
    if not len(strongest):
        return None
    low, high = _interval((strongest - drawn).astype(np.float64))
    return DeletionTest(
        len(strongest), float(strongest.mean()), float(drawn.mean()), float(low), float(high)
    )


def _interval(values: Doubles) -> Doubles:
    """Return the 95 % bootstrap interval of the mean, float64 [2]."""
    rng = np.random.default_rng(_SEED)
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(_RESAMPLES)]
    return np.asarray(np.quantile(means, [0.025, 0.975]), dtype=np.float64)
