"""Evaluate how well a run's stored recommendations predict the held-out ratings."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import numpy as np

from model.arrays import PADDING, Booleans, Doubles, Integers
from pipeline.content.catalogue import read_catalogue
from pipeline.content.histories import Histories, read_histories
from pipeline.errors import GraphContentError
from pipeline.evaluation.beyond import (
    COVERAGE,
    EXPLAINED,
    background,
    beyond_metrics,
    explained,
)
from pipeline.evaluation.popularity import most_popular
from pipeline.graph import Graph
from pipeline.ids import EntityIds, UserRows
from pipeline.queries import load_query
from pipeline.ranking.judging import judged
from pipeline.ranking.lists import TopLists
from pipeline.ranking.metrics import CUTOFF, Lists, all_metrics
from pipeline.runs.stored import Run, find_run, read_whole

COLD_START = 5  # the paper's cold-start users have fewer held-out ratings
ALL, COLD = "all users", "cold start"
POPULAR = "most popular"


@dataclass(frozen=True)
class Row:
    """One row of the table.

    Attributes:
        method: the run's model, or the most-popular baseline.
        group: all users, or the cold-start users among them.
        users: the number of users that the metrics are averaged over.
        metrics: the metrics by name. Only the group of all users has a coverage, and most popular
            has no explained share.
    """

    method: str
    group: str
    users: int
    metrics: dict[str, float]


@dataclass(frozen=True)
class Evaluation:
    """The metrics of a run on the held-out ratings.

    Attributes:
        run_id: the id of the run.
        dataset: the name of its data set.
        users: number of evaluated users: those with recommendations of the run and held-out
            ratings.
        cold_start_users: number of evaluated users with fewer than 5 held-out ratings.
        users_without_held_out: number of users with recommendations but without held-out ratings.
        users_not_recommended: number of users with held-out ratings but without recommendations.
        recommendations: number of RECOMMENDED relationships of the run.
        explained_share: share of these with at least one path, 0..1.
        rows: the table, the run's rows before the baseline's.
        warnings: reasons why the metrics are not comparable with those of other runs.
    """

    run_id: str
    dataset: str
    users: int
    cold_start_users: int
    users_without_held_out: int
    users_not_recommended: int
    recommendations: int
    explained_share: float
    rows: list[Row]
    warnings: list[str]


def evaluate(graph: Graph, *, run_id: str | None = None) -> Evaluation:
    """Evaluate a run (the newest by default) beside most-popular; store its metrics on its node.

    Raises:
        NotFoundError: the run does not exist, or there are no runs.
        GraphContentError: the graph has no held-out ratings, or none of users with recommendations,
            or the run was replaced meanwhile.
    """
    find_run(graph, run_id)  # its error comes first
    training, held_out = read_histories(graph), read_histories(graph, held_out=True)
    run, (rows, top, with_path) = read_whole(
        graph, run_id, lambda run: (run, _recommended(graph, run, held_out))
    )
    counted = held_out.sizes[rows] > 0
    if not counted.any():
        raise GraphContentError(
            f"run {run.run_id} recommends to no user with held-out ratings; to recommend to all "
            f"users, run: pipeline recommend --run-id {run.run_id}"
        )
    lists = judged(top, rows, held_out).of(counted)
    rows = UserRows(rows[counted])
    popular = most_popular(training, rows, CUTOFF)
    cold = lists.relevant < COLD_START
    against = background(training, read_catalogue(graph))
    shares = {EXPLAINED: explained(with_path[counted], lists.lengths)}
    table = [
        *_lines(run.model, lists, beyond_metrics(top.movies[counted], against) | shares, cold),
        *_lines(
            POPULAR, judged(popular, rows, held_out), beyond_metrics(popular.movies, against), cold
        ),
    ]
    made = int(top.lengths.sum())
    evaluation = Evaluation(
        run_id=run.run_id,
        dataset=run.dataset,
        users=len(rows),
        cold_start_users=int(cold.sum()),
        users_without_held_out=int((~counted).sum()),
        users_not_recommended=int((held_out.sizes > 0).sum()) - len(rows),
        recommendations=made,
        explained_share=int(with_path.sum()) / made,
        rows=table,
        warnings=_warnings(lists, len(rows), int((held_out.sizes > 0).sum())),
    )
    changes = graph.write(
        load_query("write/run_metrics"),
        runId=run.run_id,
        finishedAt=run.finished_at,
        metrics=_stored(evaluation),
    )
    if not changes:
        raise GraphContentError(
            f"run {run.run_id} was replaced while it was evaluated, so no metrics were stored; run "
            f"again: pipeline evaluate --run-id {run.run_id}"
        )
    return evaluation


def _lines(method: str, lists: Lists, beyond: dict[str, Doubles], cold: Booleans) -> list[Row]:
    """Return a method's rows of the table; groups without users are left out."""
    return [
        Row(
            method,
            group,
            int(chosen.sum()),
            all_metrics(lists.of(chosen))
            | {
                name: float(values[chosen].mean())
                for name, values in beyond.items()
                if group == ALL or name != COVERAGE
            },
        )
        for group, chosen in ((ALL, np.ones_like(cold)), (COLD, cold))
        if chosen.any()
    ]


def _recommended(
    graph: Graph, run: Run, histories: Histories
) -> tuple[UserRows, TopLists, Integers]:
    """Return the users' rows, their lists, and the number of movies with a path in each list."""
    row_of = {int(entity): row for row, entity in enumerate(histories.user_entities)}
    rows: list[int] = []
    lists: list[list[int]] = []
    with_path: list[int] = []
    for user, movies, number in graph.stream(
        load_query("read/recommended_lists"), runId=run.run_id, writing=run.writing
    ):
        rows.append(row_of[user])
        lists.append(movies)
        with_path.append(number)
    if not rows:
        raise GraphContentError(
            f"run {run.run_id} has no recommendations left; run: pipeline recommend"
        )
    grid = np.full((len(rows), max(map(len, lists))), PADDING, dtype=np.int64)
    grid[_filled(lists, grid.shape[1])] = np.fromiter(chain.from_iterable(lists), dtype=np.int64)
    scores = np.zeros(grid.shape, dtype=np.float32)
    counts = np.array(with_path, dtype=np.int64)
    return UserRows(np.array(rows, dtype=np.int64)), TopLists(EntityIds(grid), scores), counts


def _filled(lists: list[list[int]], width: int) -> Booleans:
    lengths = np.array([len(movies) for movies in lists])
    return np.asarray(np.arange(width) < lengths[:, None])


def _warnings(lists: Lists, users: int, all_users: int) -> list[str]:
    warnings = []
    if users < all_users:
        warnings.append(
            f"only {users} of {all_users} users with held-out ratings are in this run; "
            "the metrics are for these users only"
        )
    short = int((lists.lengths < CUTOFF).sum())
    if short:
        warnings.append(
            f"{short} users have fewer than {CUTOFF} recommendations, so the metrics at "
            f"{CUTOFF} are not comparable with others; run: pipeline recommend --top-k {CUTOFF}"
        )
    return warnings


def _stored(evaluation: Evaluation) -> dict[str, float | int]:
    """Return the run's metrics by property name: precisionAt1, mrrSumAt10, coldStartMrrAt10, ..."""
    stored: dict[str, float | int] = {
        "evaluatedUsers": evaluation.users,
        "coldStartUsers": evaluation.cold_start_users,
        "explainedShare": evaluation.explained_share,
    }
    for row in evaluation.rows:
        if row.method == POPULAR:
            continue
        for metric, value in row.metrics.items():
            if metric == EXPLAINED:  # stored above, for all users
                continue
            stored[property_name(metric, "" if row.group == ALL else "coldStart")] = value
    return stored


def property_name(metric: str, prefix: str = "") -> str:
    """Return a metric's property name: "P@10" is precisionAt10, or coldStartPrecisionAt10."""
    name, _, place = metric.partition("@")
    word = {"P": "precision", "mrr_sum": "mrrSum", "nDCG": "ndcg"}.get(name, name)
    return f"{prefix}{word[0].upper()}{word[1:]}At{place}" if prefix else f"{word}At{place}"
