"""The writings of a run: each ``recommend`` of all users gives its relationships a number.

The Run node names the writing that counts. Relationships with another number are read by nobody:
those of a new writing until it is complete, and those of an old one, or of a command that was
killed, until they are removed.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.errors import LockedError
from pipeline.graph import Graph
from pipeline.queries import load_query
from pipeline.runs.stored import read_runs

_BITS = 52  # of a number, so that JavaScript can hold it, too
_AT_ONCE = 100_000  # relationships that a query deletes, in transactions of 2,000
_ATTEMPTS = 5


def new_writing() -> int:
    """Return a number that no other writing has, not even one of a process that lost its lock."""
    return 1 + secrets.randbits(_BITS)


def named_writing(graph: Graph, run_id: str) -> int | None:
    """Return the writing that the Run node names; None if the graph holds no such run."""
    return next((run.writing for run in read_runs(graph) if run.run_id == run_id), None)


@contextmanager
def writers_turn(graph: Graph) -> Iterator[None]:
    """Wait for the others that write or remove recommendations, and let them wait until the end.

    The lock keeps them from getting in each other's way. That nobody changes what another one is
    writing is ensured by write/lock, which is held until the Run node names the new writing.
    """
    graph.write_schema(load_query("schema/constraint_load_lock"))
    with graph.holding(load_query("load/lock"), timeout=0, name="recommend"):
        yield


def remove_other_writings(graph: Graph, run_id: str, named: int | None) -> None:
    """Remove what killed commands left of a run. Nobody else may be writing it.

    Args:
        graph: the database.
        run_id: name of the run.
        named: the writing that is kept: the one that the Run node names, or None.
    """
    query = load_query("read/other_writings")
    for row in graph.read(query, runId=run_id, writing=named):
        remove_writing(graph, run_id, row["writing"])


def remove_writing(graph: Graph, run_id: str, writing: int) -> int:
    """Remove a writing in bounded transactions; return its number of recommendations.

    A repeated call goes on where an interrupted one stopped.
    """
    _remove(graph, "because", run_id, writing)
    return _remove(graph, "recommendations", run_id, writing)


def _remove(graph: Graph, what: str, run_id: str, writing: int) -> int:
    query = load_query(f"write/delete_{what}_of_writing")
    total, failed = 0, 0
    while True:
        try:
            gone = graph.write_implicit(query, runId=run_id, writing=writing, limit=_AT_ONCE)
        except LockedError:  # of two that wait for each other, the server ends one
            failed += 1
            if failed == _ATTEMPTS:
                raise
            continue
        if not gone:
            return total
        total += gone["relationships_deleted"]
