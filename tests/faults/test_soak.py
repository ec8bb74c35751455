"""One process types the same commands again and again: it must not grow, nor may the server.

The long form goes on for 20 minutes, or as many seconds as PIPELINE_SOAK says:

    PIPELINE_FAULTS=full .venv/bin/python -m pytest -m faults tests/faults/test_soak.py
"""

import os
import time
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from pipeline.queries import Query
from pipeline.server import managed
from pipeline.server.credentials import read_password
from tests.faults import forked
from tests.faults.generated import TINY, generated_folder
from tests.support.command_line import typed

FULL = os.environ.get("PIPELINE_FAULTS") == "full"
SECONDS = float(os.environ.get("PIPELINE_SOAK", "1200" if FULL else "8"))
WARM = 6 if FULL else 1  # rounds at least before anything is compared
MORE_MEMORY, MORE_STORE = 1.1, 1.2  # times what there was then

pytestmark = [pytest.mark.faults, pytest.mark.timeout(2 * SECONDS + 300)] if FULL else []

_CONNECTIONS = "CALL dbms.listConnections() YIELD connectionId RETURN count(*) AS number"
_TRANSACTIONS = "SHOW TRANSACTIONS YIELD transactionId RETURN count(*) AS number"


class Sizes(NamedTuple):
    """What could grow from round to round.

    Attributes:
        memory: resident set of the process, in bytes.
        files: open file descriptors of the process.
        threads: threads of the process.
        connections: connections of the server.
        transactions: transactions of the server.
    """

    memory: int
    files: int
    threads: int
    connections: int
    transactions: int


def rounds(folder, environment, turns):
    """In a process of its own: one round of commands for every True that is received."""
    os.environ.update(environment)
    number = 0
    while turns.recv():
        # Every third round replaces the data set by another split of it, and so everything else.
        split = ("--test-fraction", ("0.2", "0.3")[number // 3 % 2])
        for arguments in (
            ("load-kg", folder, *split, *(("--replace",) if number % 3 == 0 else ())),
            ("load-kg", folder, *split),
            ("enrich",),
            ("train", *TINY["rkan-history"]),
            ("recommend",),
            ("explain", 1),
            ("evaluate",),
        ):
            ended = typed(*arguments)
            if ended.code:
                turns.send(f"{arguments}: {ended.err}")
                return
        number += 1
        turns.send(None)


@pytest.fixture
def measured(graph):
    """Measures a process and the server."""

    def number(text):
        return graph.read(Query("tests", text, "", frozenset()))[0]["number"]

    def measure(process):
        with process.oneshot():
            own = process.memory_info().rss, process.num_fds(), process.num_threads()
        return Sizes(*own, number(_CONNECTIONS), number(_TRANSACTIONS))

    return measure


def stored(home, server):
    """Bytes of the database, which is only then all on disk when the server is stopped."""
    managed.stop(home)
    size = bytes_in(server.store / "databases" / "neo4j")
    managed.start(home, heap="1g")
    return size


def bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def test_a_process_that_goes_on_and_on_does_not_grow(home, server, measured, place, tmp_path):
    environment = {
        "NEO4J_URI": server.uri,
        "NEO4J_PASSWORD": read_password(server.password_file),
        "PIPELINE_HOME": str(place.root),
    }
    here, there = forked.pipe()
    child = forked.process(rounds, str(generated_folder(tmp_path)), environment, there)
    child.start()
    process = psutil.Process(child.pid)

    def go_on(until, least):
        """Let it type rounds of commands until a time, and return what was measured after each."""
        seen: list[Sizes] = []
        while len(seen) < least or time.monotonic() < until:
            here.send(True)
            failure = here.recv()
            assert failure is None, failure
            seen.append(measured(process))
        return seen

    # Pages of an index that become free are used again after Neo4j has written all to disk, as it
    # does when it is stopped. So the database has its full size only after the second such time.
    started = time.monotonic()
    before = go_on(started + SECONDS / 3, WARM)[-1]
    seen, store, grown = [], 1, 1
    if FULL:
        stored(home, server)
        seen += go_on(started + SECONDS * 2 / 3, WARM)
        store = stored(home, server)
    seen += go_on(started + SECONDS, WARM)
    if FULL:
        grown = stored(home, server)
    here.send(False)
    child.join(60)
    assert child.exitcode == 0
    last = seen[-1]
    print(f"before {before}; {len(seen)} rounds later {last}; store from {store} to {grown} bytes")
    assert last.memory < before.memory * MORE_MEMORY
    assert last[1:] == before[1:]
    assert grown < store * MORE_STORE
