"""Stages that are killed or lose their connection: a rerun leaves what an undisturbed run leaves.

The long form kills each stage 20 times and cuts its connection 40 times:

    PIPELINE_FAULTS=full .venv/bin/python -m pytest -m faults tests/faults/test_interruptions.py
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.enrich import enrich_all
from pipeline.errors import PipelineError
from pipeline.graph import Connection, Graph
from pipeline.home import Home
from pipeline.load.kg import load_kg
from pipeline.queries import Query
from pipeline.recommendation import write_back
from pipeline.recommendation.recommend import recommend
from tests.support import proxy
from tests.support.film_graph import BUG, CASINO, HEAT, save_network, tables

FULL = os.environ.get("PIPELINE_FAULTS") == "full"
KILLS, CUTS = (20, 25) if FULL else (2, 5)  # of each stage
SECONDS = 300  # for a stage in a process of its own

pytestmark = [pytest.mark.faults] if FULL else []

RUN_ID = "rkan-films-1"
_LIKES = {1: {BUG: 3, CASINO: 1}, 2: {HEAT: 2}, 3: {}, 4: {BUG: 1}}
_ENRICHED = EnrichConfig(ease_l2=2.0, steps=3)
_TIMES = {"loadedAt", "startedAt", "finishedAt", "enrichedAt", "enrichmentWriter", "writing"}
_NODES = "MATCH (n) RETURN labels(n), properties(n)"
_RELATIONSHIPS = """
MATCH (a)-[r]->(b)
RETURN type(r), properties(r), coalesce(a.entityId, a.runId), coalesce(b.entityId, b.runId)
"""
_LISTS = """
MATCH (:User)-[r:RECOMMENDED]->(), (run:Run {runId: r.runId})
WHERE r.writing = run.writing RETURN properties(r)
"""


def load(graph, place):
    load_kg(graph, tables(), quarantine=place.root / "quarantine")


def add_weights(graph, place):
    enrich_all(graph, _ENRICHED)


def write_lists(graph, place):
    recommend(graph, place, run_id=RUN_ID, top_k=3)


STAGES = {"load-kg": load, "enrich": add_weights, "recommend": write_lists}
CHILD = "from tests.faults.test_interruptions import in_child; in_child()"


def in_child():
    """Run a stage in this process, which ends itself after a time, if one is given."""
    name, root, uri, delay = sys.argv[1:]
    password = os.environ["PASSWORD_OF_TESTS"]
    write_back._ROWS = 2  # so that lists are written in many transactions
    with Graph.open(Connection(uri, "neo4j", password, "neo4j")) as graph:
        started = time.perf_counter()
        if delay:
            signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            signal.setitimer(signal.ITIMER_REAL, float(delay))
        STAGES[name](graph, Home(Path(root)))
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(time.perf_counter() - started)


def start(graph, place, name, delay=""):
    """Run a stage in a process of its own; return how long it took, None if it was killed."""
    connection = graph.connection
    done = subprocess.run(
        [sys.executable, "-c", CHILD, name, str(place.root), connection.uri, str(delay)],
        env=os.environ | {"PASSWORD_OF_TESTS": connection.password},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    if done.returncode == -signal.SIGKILL:
        return None
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


def prepare(graph, place, name):
    """Leave the graph as the stage finds it, with other results of the stage to replace."""
    if name == "load-kg":
        for text in ("MATCH ()-[r]->() DELETE r", "MATCH (n) DELETE n"):
            graph.write_implicit(Query("test", text, "", frozenset()))
        return
    load_kg(graph, tables(), quarantine=place.root / "quarantine", replace=True)
    if name == "enrich":
        enrich_all(graph, EnrichConfig(similar="cosine"))
    else:
        save_network(graph, place, likes=_LIKES)
        recommend(graph, place, run_id=RUN_ID, top_k=2)


def rows(graph, text):
    found = [list(row) for row in graph.stream(Query("test", text, "", frozenset()))]
    for row in found:
        for value in row:
            if isinstance(value, dict):
                for name in _TIMES & value.keys():
                    del value[name]
    return sorted(json.dumps(row, sort_keys=True, default=str) for row in found)


def content(graph):
    """All nodes and relationships with their properties, but for times."""
    return rows(graph, _NODES) + rows(graph, _RELATIONSHIPS)


@pytest.fixture
def clean(graph, place):
    """Prepare a stage and return what it leaves when nothing disturbs it."""

    def run(name):
        prepare(graph, place, name)
        STAGES[name](graph, place)
        return content(graph)

    return run


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_that_is_killed_is_run_again_and_leaves_what_it_always_leaves(
    graph, place, clean, name
):
    expected = clean(name)
    prepare(graph, place, name)
    before = rows(graph, _LISTS)
    seconds = start(graph, place, name)
    assert content(graph) == expected
    after = rows(graph, _LISTS)
    rng = random.Random(name)
    killed = 0
    for _ in range(KILLS):
        prepare(graph, place, name)
        took = start(graph, place, name, rng.uniform(0.01, seconds))
        killed += took is None
        seconds = min(seconds, took or seconds)  # the first time, the server plans its queries
        assert rows(graph, _LISTS) in (before, after)  # never parts of both
        STAGES[name](graph, place)
        assert content(graph) == expected
    assert killed or not FULL
    print(f"{name}: killed {killed} of {KILLS} times in {seconds:.2f} s")


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_that_loses_its_connection_ends_cleanly_and_is_run_again(graph, place, clean, name):
    expected = clean(name)
    host, port = graph.connection.uri.removeprefix("bolt://").split(":")
    rng = random.Random(name)
    failed = 0
    with proxy.proxied(host, int(port)) as between:
        through = replace(graph.connection, uri=f"bolt://127.0.0.1:{between.port}")

        def run_through(limit=None):
            prepare(graph, place, name)
            with Graph.open(through) as cut:
                start = between.passed
                if limit is not None:
                    between.fail_after(limit)
                STAGES[name](cut, place)
                return between.passed - start

        size = run_through()
        for _ in range(CUTS):
            try:
                run_through(rng.randrange(size))
            except PipelineError:
                failed += 1
            STAGES[name](graph, place)
            assert content(graph) == expected
    assert failed
    print(f"{name}: {failed} of {CUTS} cut connections ended the stage, the others were retried")


@pytest.mark.skipif(not FULL, reason="takes half a minute of silence; set PIPELINE_FAULTS=full")
def test_a_connection_that_falls_silent_is_given_up_within_a_minute(graph, place):
    host, port = graph.connection.uri.removeprefix("bolt://").split(":")
    with proxy.proxied(host, int(port)) as between:
        silent = replace(graph.connection, uri=f"bolt://127.0.0.1:{between.port}")
        started = time.perf_counter()
        with suppress(PipelineError), Graph.open(silent) as lost:  # or the driver tries again
            between.fail_after(100, stalls=True)
            load(lost, place)
        seconds = time.perf_counter() - started
    assert (
        25 < seconds < 90
    )  # the server's sign of life is missed twice; the rest is a busy machine
    load(graph, place)
    print(f"silence was noticed after {seconds:.0f} s")
