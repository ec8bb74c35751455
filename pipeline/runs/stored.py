"""The runs whose recommendations the graph holds."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TypeVar

from pipeline.errors import DatabaseError, GraphContentError, LimitError, LockedError, NotFoundError
from pipeline.graph import Graph
from pipeline.queries import load_query

T = TypeVar("T")

_ATTEMPTS = 3
_WAIT = 60.0  # seconds for a writer to commit, and then for a reader to read
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
        writing: the number that the relationships of its recommendations have; 0: they have none,
            since an earlier version wrote them.
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
    writing: int


def read_runs(graph: Graph) -> list[Run]:
    """Return all finished runs, the newest first."""
    return [Run(*row) for row in graph.rows(load_query("read/runs"))]


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


def read_whole(graph: Graph, run_id: str | None, read: Callable[[Run], T]) -> T:
    """Return what ``read`` returns for a run, by default the newest, from one writing of the run.

    Writers replace a run's recommendations while others read them. Queries that are given the
    run's writing find no other one, but a writer deletes it when the run has a new one, or replaces
    some users' lists in it. So writers wait with that until ``read`` has returned, and it waits for
    a commit that is going on. A user without the right to write cannot make them wait; then it is
    called again if the run was replaced meanwhile.

    Args:
        graph: the database.
        run_id: name of the run; see find_run.
        read: reads the run's writing from the graph; it is called again if the run was replaced.

    Raises:
        NotFoundError: no such run; the message lists the newest runs.
        LockedError: the run was being written for a minute.
        GraphContentError: the run was replaced each time it was read.
    """
    name = find_run(graph, run_id).run_id
    for attempt in range(1, _ATTEMPTS + 1):
        with _unchanged(graph, name):
            run = find_run(graph, name)
            try:
                found = read(run)
            except LimitError:
                raise
            except DatabaseError:  # a query may meet a relationship that is just being deleted
                if attempt == _ATTEMPTS:
                    raise
                continue
            if find_run(graph, name) == run:
                return found
    raise GraphContentError(
        f"run {name} was replaced {_ATTEMPTS} times while it was read; wait until no other command "
        "writes it, and run this one again"
    )


@contextmanager
def _unchanged(graph: Graph, run_id: str) -> Iterator[None]:
    """Make writers of a run wait until the end of the block, if this user may write.

    Raises:
        LockedError: the run was being written all the time.
    """
    lock = load_query("write/lock_run")
    until = time.monotonic() + _WAIT
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(graph.holding(lock, timeout=_WAIT, runId=run_id))
            except LockedError as error:
                # Neo4j ends one of two transactions that wait for each other; this one tries again.
                if time.monotonic() < until:
                    continue
                raise LockedError(
                    f"run {run_id} is being written; run this command again when that has ended"
                ) from error
            except DatabaseError:
                pass  # a user or a database that only reads; any other fault meets the reader, too
            break
        yield


def check_run_id(run_id: str) -> str:
    """Return ``run_id`` if it has only letters, digits, dots, dashes and underscores.

    Raises:
        NotFoundError: it has other characters, so no run can have this name.
    """
    if not _RUN_ID.fullmatch(run_id):
        raise NotFoundError(f"{run_id!r} cannot be a run's name")
    return run_id
