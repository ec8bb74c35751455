"""The runs whose recommendations the graph holds."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.errors import NotFoundError
from pipeline.graph import Graph
from pipeline.queries import load_query

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


@dataclass(frozen=True)
class Run:
    """One finished run, as its node has it.

    Attributes:
        run_id: names the run and each of its recommendations.
        model: what made it: "RKAN", "RKGE (max)" or "RKGE (mean)".
        dataset: name of the data set it was trained on.
        started_at: when its recommendations were begun, ISO 8601.
        finished_at: when they were complete.
        data_hash: fingerprint of the graph's content that it was trained on.
        seed: of training and path sampling.
        top_k: movies asked for per user.
        users: users who have recommendations of it.
    """

    run_id: str
    model: str
    dataset: str
    started_at: str
    finished_at: str
    data_hash: str
    seed: int
    top_k: int
    users: int


def read_runs(graph: Graph) -> list[Run]:
    """All finished runs, the newest first."""
    return [Run(*row) for row in graph.stream(load_query("read/runs"))]


def find_run(graph: Graph, run_id: str | None = None) -> Run:
    """The run asked for, or the newest.

    Raises:
        NotFoundError: no such run, naming those there are.
    """
    runs = read_runs(graph)
    if not runs:
        raise NotFoundError("the graph holds no recommendations; run: pipeline recommend")
    if run_id is None:
        return runs[0]
    for run in runs:
        if run.run_id == run_id:
            return run
    known = ", ".join(run.run_id for run in runs[:5])
    raise NotFoundError(f"there is no run {run_id!r} in the graph; the newest are {known}")


def check_run_id(run_id: str) -> str:
    """``run_id`` itself, if it is made of letters, digits, dots, dashes and underscores alone.

    Raises:
        NotFoundError: anything else; no run is called that.
    """
    if not _RUN_ID.fullmatch(run_id):
        raise NotFoundError(f"{run_id!r} cannot be a run's name")
    return run_id
