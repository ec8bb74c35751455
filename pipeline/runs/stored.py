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
    """A finished run, as stored in its node.

    Attributes:
        run_id: name of the run, also stored in each of its recommendations.
        model: title of its network, such as "RKAN" or "RKGE (max)".
        dataset: name of the data set that it was trained on.
        started_at: time when recommending started, ISO 8601.
        finished_at: time when all recommendations were written, ISO 8601.
        data_hash: fingerprint of the content of the graph that it was trained on.
        seed: seed of training and path sampling.
        top_k: number of movies requested per user.
        users: number of users with recommendations of the run.
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
    """Return all finished runs, the newest first."""
    return [Run(*row) for row in graph.stream(load_query("read/runs"))]


def find_run(graph: Graph, run_id: str | None = None) -> Run:
    """Return the run with this id, by default the newest.

    Raises:
        NotFoundError: no such run; the message lists the newest runs.
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
    """Return ``run_id`` if it has only letters, digits, dots, dashes and underscores.

    Raises:
        NotFoundError: it has other characters, so no run can have this name.
    """
    if not _RUN_ID.fullmatch(run_id):
        raise NotFoundError(f"{run_id!r} cannot be a run's name")
    return run_id
