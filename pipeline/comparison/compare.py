"""Train and evaluate every method on the graph's own split; stored results are reused."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import pandas as pd
import torch

from model.arrays import Floats
from pipeline.comparison.fit import fit
from pipeline.comparison.methods import Compared, settled
from pipeline.comparison.results import HistoriesKind, Job, load_result, save_result
from pipeline.comparison.run_nodes import store_on_run_nodes
from pipeline.comparison.split import KEPT, Split, read_split
from pipeline.comparison.statistics import COMPARED_METRICS
from pipeline.comparison.studies import StudyPlan
from pipeline.comparison.users import USUAL, evaluate_thin, evaluate_users
from pipeline.device import choose_device, torch_threads
from pipeline.enrichment.enrich import restored
from pipeline.evaluation.beyond import BEYOND, Background, background
from pipeline.graph import Graph
from pipeline.ids import EntityIds
from pipeline.progress import progress_bar, say
from pipeline.ranking.lists import Score

THIN = "thin"  # key in a result's metadata: True if it includes cold and new movies


@dataclass(frozen=True)
class MethodRuns:
    """The runs of one method.

    Attributes:
        method: the method with its settings.
        seeds: the seeds that it was run with; only 0 for a method without random draws.
        fit_seconds: wall time of training on the full histories, averaged over the seeds.
    """

    method: Compared
    seeds: list[int]
    fit_seconds: float


@dataclass(frozen=True)
class StudyRuns:
    """A study with its per-user metrics, which have two more columns: ``value``, ``ranking``."""

    plan: StudyPlan
    per_user: pd.DataFrame


@dataclass(frozen=True)
class Comparison:
    """The metrics of all methods for all users.

    Attributes:
        split: the data that the methods were trained and evaluated on.
        methods: the methods in the order of the tables.
        per_user: one row per method, seed, kind of histories, kind of candidates and user. The
            other columns are userId, heldOut (number of held-out movies), isCut (True if
            the cut histories shorten this user's) and the metrics. ``candidates`` is "usual", or
            "cold" or "new" for these movies alone. Metrics beyond accuracy may be NaN.
        studies: the same for each study, which varies one setting.
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
    thin: bool = False,
    studies: Sequence[StudyPlan] = (),
    device: str = "auto",
) -> Comparison:
    """Run the jobs that ``output`` has no result of, and store the metrics on Run nodes.

    Args:
        graph: a graph that pipeline load-kg filled.
        methods: the methods to compare. Settings that a network leaves to the graph are read from
            it, as pipeline train does.
        seeds: the number of seeds. Methods with random draws are trained with each of the seeds
            0 to ``seeds`` - 1, others with seed 0 only.
        output: the folder for one result file per job and the checkpoints of networks over paths.
        cut: also train each method with cut histories (see Split.cut).
        thin: also train with all cuts in KEPT, and rank cold and new movies by themselves (see
            evaluate_thin).
        studies: the settings to vary.
        device: "auto", "cpu" or "cuda", for networks over paths.

    Raises:
        GraphContentError: the graph is empty, half loaded, or has no held-out ratings.
        ConfigError: a method cannot be trained with its settings.
        SourceError: a result file is damaged.
    """
    split = read_split(graph)
    methods = [settled(graph, method) for method in methods]
    against = background(split.training, split.catalogue)
    runner = _Runner(graph, split, against, output, choose_device(device), thin)
    kinds: tuple[HistoriesKind, ...] = ("full", *(KEPT if thin else ("cut",) if cut else ()))
    frames: list[pd.DataFrame] = []
    timings: dict[str, dict[int, dict[str, Any]]] = {method.name: {} for method in methods}
    with restored(graph):
        for kind in kinds:  # the outermost loop: derived relationships differ between kinds
            for seed in range(seeds):
                for method in methods:
                    if seed and not method.uses_seed:
                        continue
                    frame, timing = runner.result(method, seed, kind)
                    frames.append(frame)
                    if kind == "full":
                        timings[method.name][seed] = timing
        varied = [StudyRuns(plan, _study(runner, plan, seeds)) for plan in studies]
    per_user = pd.concat(frames, ignore_index=True)
    store_on_run_nodes(graph, runner.split, methods, per_user)
    return Comparison(
        split=runner.split,
        methods=[_runs(method, timings[method.name]) for method in methods],
        per_user=per_user,
        studies=varied,
    )


@dataclass(frozen=True)
class _Runner:
    graph: Graph
    split: Split
    against: Background
    output: Path
    device: torch.device
    thin: bool

    def result(
        self, method: Compared, seed: int, kind: HistoriesKind
    ) -> tuple[pd.DataFrame, dict[str, Any]]:
        """Return the job's rows and metadata, from its result file or by running the job.

        A file of an earlier version is reused; metrics that it lacks are NaN. A file without cold
        and new movies is reused only where these are not requested.
        """
        job = Job(method, seed, kind, self.split.dataset.data_hash)
        among_thin = self.thin and kind == "full"
        found = self._stored(job, among_thin)
        if found is None:
            started = time.perf_counter()
            fitted = fit(self.graph, self.split, job, self.output, self.device)
            trained = time.perf_counter()
            with progress_bar(f"{method.title}, users", len(self.split.rows)) as advance:
                score = _counting(fitted.score, advance)
                users = evaluate_users(self.split, score, self.against, fitted.count_paths)
            if among_thin:
                users = pd.concat(
                    [users, evaluate_thin(self.split, fitted.score)], ignore_index=True
                )
            timing = {
                "fitSeconds": round(trained - started, 2),
                "scoreSeconds": round(time.perf_counter() - trained, 2),
                THIN: among_thin,
            }
            save_result(self.output, job, users, timing)
            say(_line(job, users, timing))
            found = self._stored(job, among_thin)
            assert found is not None  # noqa: S101  it was just written
        return found

    def _stored(self, job: Job, among_thin: bool) -> tuple[pd.DataFrame, dict[str, Any]] | None:
        """Return the requested rows and metadata of the job's file; None where any are missing."""
        found = load_result(self.output, job)
        if found is None or (among_thin and not found[1].get(THIN)):
            return None
        frame, metadata = found
        if "candidates" not in frame:
            frame["candidates"] = USUAL
        chosen = frame if among_thin else frame[frame.candidates == USUAL]
        columns = [*frame, *(name for name in BEYOND if name not in frame)]
        return chosen.reindex(columns=columns), metadata


def _counting(score: Score, advance: Callable[[int], None]) -> Score:
    """Return ``score``, wrapped to call ``advance`` with the number of users it scored."""

    def counted(users: EntityIds, movies: EntityIds) -> Floats:
        scores = score(users, movies)
        advance(len(users))
        return scores

    return counted


def _runs(method: Compared, timings: dict[int, dict[str, Any]]) -> MethodRuns:
    """Return the method's runs; ``timings`` is by seed."""
    return MethodRuns(method, list(timings), fmean(t["fitSeconds"] for t in timings.values()))


def _study(runner: _Runner, plan: StudyPlan, seeds: int) -> pd.DataFrame:
    def frames() -> Iterator[pd.DataFrame]:
        for seed in range(seeds):
            for value, method in plan.variants:
                frame, _ = runner.result(method, seed, "full")
                yield frame.assign(value=value, ranking=method.ranking)

    return pd.concat(frames(), ignore_index=True)


def _line(job: Job, users: pd.DataFrame, timing: dict[str, float]) -> str:
    shown = users[users.candidates == USUAL]
    shown = shown if job.histories == "full" else shown[shown.isCut]
    figures = ", ".join(f"{name} {shown[name].mean():.4f}" for name in COMPARED_METRICS)
    kept = KEPT.get(job.histories)
    histories = "" if kept is None else f", histories cut to {kept}"
    seconds = timing["fitSeconds"] + timing["scoreSeconds"]
    return f"{job.method.title}, seed {job.seed}{histories}: {figures} ({seconds:.0f} s)"
