"""Trains and evaluates every method on the graph's own split; what is done is not done again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import pandas as pd
import torch

from pipeline.comparison.fit import fit
from pipeline.comparison.methods import Compared
from pipeline.comparison.results import HistoriesKind, Job, load_result, save_result
from pipeline.comparison.run_nodes import store_on_run_nodes
from pipeline.comparison.split import Split, read_split
from pipeline.comparison.statistics import COMPARED_METRICS
from pipeline.comparison.studies import StudyPlan
from pipeline.device import choose_device, torch_threads
from pipeline.evaluation.evaluate import judged
from pipeline.evaluation.metrics import CUTOFF, per_user_metrics
from pipeline.graph import Graph
from pipeline.progress import progress_bar, say
from pipeline.recommendation.ranking import Integers, Score, Scores, rank_movies


@dataclass(frozen=True)
class MethodRuns:
    """What was run of one method.

    Attributes:
        method: with its settings.
        seeds: those that it was run with; only 0 for a method without draws.
        fit_seconds: wall time of training on the full histories, the mean over the seeds.
    """

    method: Compared
    seeds: list[int]
    fit_seconds: float


@dataclass(frozen=True)
class StudyRuns:
    """A study's per-user metrics, with the columns ``value`` and ``ranking`` besides."""

    plan: StudyPlan
    per_user: pd.DataFrame


@dataclass(frozen=True)
class Comparison:
    """All methods' metrics of all users.

    Attributes:
        split: what they were trained on and held against.
        methods: in the order of the tables.
        per_user: one row per method, seed, kind of histories and user: userId, heldOut (held-out
            movies), isCut (whether the cut histories cut this user's), the metrics.
        studies: likewise, for the values of one setting each.
    """

    split: Split
    methods: list[MethodRuns]
    per_user: pd.DataFrame
    studies: list[StudyRuns]


@torch_threads()
def compare(
    graph: Graph,
    methods: Sequence[Compared],
    *,
    seeds: int,
    output: Path,
    cut: bool = True,
    studies: Sequence[StudyPlan] = (),
    device: str = "auto",
) -> Comparison:
    """Run what ``output`` does not hold yet, and put the figures on the graph's Run nodes.

    Args:
        graph: a graph that pipeline load-kg filled.
        methods: what to compare.
        seeds: each method with draws is trained with the seeds 0 to ``seeds`` - 1.
        output: keeps one result file per job, and the checkpoints of networks over paths.
        cut: also train each method with cut histories (see Split.cut).
        studies: settings to vary.
        device: "auto", "cpu" or "cuda"; for networks over paths.

    Raises:
        GraphContentError: the graph is empty, half loaded, or holds nothing out.
        ConfigError: settings that no method can be trained with.
        SourceError: a result file is damaged.
    """
    runner = _Runner(graph, read_split(graph), output, choose_device(device))
    kinds: tuple[HistoriesKind, ...] = ("full", "cut") if cut else ("full",)
    frames: list[pd.DataFrame] = []
    timings: dict[str, dict[int, dict[str, Any]]] = {method.name: {} for method in methods}
    for seed in range(seeds):
        for method in methods:
            if seed and not method.uses_seed:
                continue
            for kind in kinds:
                frame, timing = runner.result(method, seed, kind)
                frames.append(frame)
                if kind == "full":
                    timings[method.name][seed] = timing
    per_user = pd.concat(frames, ignore_index=True)
    store_on_run_nodes(graph, runner.split, methods, per_user)
    return Comparison(
        split=runner.split,
        methods=[_runs(method, timings[method.name]) for method in methods],
        per_user=per_user,
        studies=[StudyRuns(plan, _study(runner, plan, seeds)) for plan in studies],
    )


def evaluate_users(split: Split, score: Score) -> pd.DataFrame:
    """Every metric of every user with something to foretell, one row a user.

    Candidates are all movies of the full training part but the user's own there, also for a method
    that learned from cut histories: what it may learn is then all that differs.

    Raises:
        FloatingPointError: a score is not a finite number.
    """
    rows = split.rows
    lists = judged(rank_movies(split.training, rows, score, CUTOFF), rows, split.held_out)
    return pd.DataFrame(
        {
            "userId": split.training.user_ids[rows],
            "heldOut": split.held_out.sizes[rows],
            "isCut": split.is_cut[rows],
            **per_user_metrics(lists),
        }
    )


@dataclass(frozen=True)
class _Runner:
    graph: Graph
    split: Split
    output: Path
    device: torch.device

    def result(
        self, method: Compared, seed: int, kind: HistoriesKind
    ) -> tuple[pd.DataFrame, dict[str, Any]]:
        """The job's rows and metadata, from its file or by running it."""
        job = Job(method, seed, kind, self.split.dataset.data_hash)
        found = load_result(self.output, job)
        if found is None:
            started = time.perf_counter()
            score = fit(self.graph, self.split, job, self.output, self.device)
            fitted = time.perf_counter()
            with progress_bar(f"{method.title}, users", len(self.split.rows)) as advance:
                users = evaluate_users(self.split, _counting(score, advance))
            timing = {
                "fitSeconds": round(fitted - started, 2),
                "scoreSeconds": round(time.perf_counter() - fitted, 2),
            }
            save_result(self.output, job, users, timing)
            found = load_result(self.output, job)
            assert found is not None  # noqa: S101  it was just written
            say(_line(job, users, timing))
        return found


def _counting(score: Score, advance: Callable[[int], None]) -> Score:
    """The same scores; ``advance`` is told how many users they were of."""

    def counted(users: Integers, movies: Integers) -> Scores:
        scores = score(users, movies)
        advance(len(users))
        return scores

    return counted


def _runs(method: Compared, timings: dict[int, dict[str, Any]]) -> MethodRuns:
    """``timings`` by seed."""
    return MethodRuns(method, list(timings), fmean(t["fitSeconds"] for t in timings.values()))


def _study(runner: _Runner, plan: StudyPlan, seeds: int) -> pd.DataFrame:
    def frames() -> Iterator[pd.DataFrame]:
        for seed in range(seeds):
            for value, method in plan.variants:
                frame, _ = runner.result(method, seed, "full")
                yield frame.assign(value=value, ranking=method.ranking)

    return pd.concat(frames(), ignore_index=True)


def _line(job: Job, users: pd.DataFrame, timing: dict[str, float]) -> str:
    shown = users[users.isCut] if job.histories == "cut" else users
    figures = ", ".join(f"{name} {shown[name].mean():.4f}" for name in COMPARED_METRICS)
    histories = "" if job.histories == "full" else ", cut histories"
    seconds = timing["fitSeconds"] + timing["scoreSeconds"]
    return f"{job.method.title}, seed {job.seed}{histories}: {figures} ({seconds:.0f} s)"
