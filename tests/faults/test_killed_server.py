"""Neo4j is killed while a command uses it: one clear line, and the same command again mends all.

The short form does so once in load-kg, the long one 4 times in each of three commands:

    PIPELINE_FAULTS=full .venv/bin/python -m pytest -m faults tests/faults/test_killed_server.py
"""

import json
import logging
import os
import random
import shutil
import signal
import time
from contextlib import suppress
from dataclasses import replace

import pytest
import torch

from model.checkpoint import load_checkpoint
from pipeline.connect import open_graph
from pipeline.enrichment.enrich import remove_enrichment
from pipeline.errors import DatabaseError, NotFoundError
from pipeline.graph import Graph
from pipeline.home import Home
from pipeline.load.kg import load_kg
from pipeline.queries import Query
from pipeline.server import managed
from pipeline.server.ports import free_port
from pipeline.server.state import Places, read_state
from pipeline.sources import read_folder
from tests.faults import forked
from tests.faults.generated import TINY, generated_folder
from tests.faults.test_interruptions import content
from tests.support import proxy
from tests.support.narrowing import present

FULL = os.environ.get("PIPELINE_FAULTS") == "full"
KILLS = 4 if FULL else 1  # of the server, in each command
TIMEOUT = 15.0 if FULL else 2.0  # seconds for which a command tries to reach a lost server
PATIENCE = 60.0  # seconds after which it must have ended, on a busy machine
HEAP = "512m"

pytestmark = [pytest.mark.neo4j, *([pytest.mark.faults] if FULL else [])]

COMMANDS = {
    "load-kg": (),
    "train": ("train", "--resume", *TINY["rkan-history"]),
    "train --model rkan": ("train", "--resume", *TINY["rkan"]),
}
_TIMES = ("seconds", "duration")
_SCHEMA = """
SHOW INDEXES YIELD name, type, state, owningConstraint WHERE type <> 'LOOKUP'
RETURN name, state, owningConstraint
"""


def query(text):
    return Query("tests", text, "", frozenset())


class Site:
    """A home with a server of its own, and a data set to load into it."""

    def __init__(self, parent):
        self.home = Home(parent / "home")
        self.folder = generated_folder(parent)
        self._printed = parent / "printed"

    def start(self, name):
        """Start one of the commands."""
        arguments = COMMANDS[name] or ("load-kg", self.folder)
        return forked.start(
            self._printed,
            {"PIPELINE_HEAP": HEAP},
            *(*arguments, "--home", self.home.root),
            timeout=TIMEOUT,
        )

    def kill_server(self):
        os.kill(present(present(read_state(Places(self.home))).pid), signal.SIGKILL)

    def prepare(self, name):
        """Leave the graph and the checkpoints as the command finds them the first time."""
        shutil.rmtree(self.home.checkpoints, ignore_errors=True)
        with open_graph(self.home) as graph:
            if name != "load-kg":
                load_kg(graph, read_folder(self.folder), quarantine=self.home.quarantine)
                with suppress(NotFoundError):
                    remove_enrichment(graph)
                return
            for text in ("MATCH ()-[r]->() DELETE r", "MATCH (n) DELETE n"):
                graph.write(query(text))
            for row in graph.read(query(_SCHEMA)):
                kind = "CONSTRAINT" if row["owningConstraint"] else "INDEX"
                graph.write(query(f"DROP {kind} {row['name']}"))

    def outcome(self):
        """All that the graph and the checkpoints hold, but for times."""
        with open_graph(self.home) as graph:
            schema = graph.read(query(_SCHEMA))
            assert {row["state"] for row in schema} == {"ONLINE"}
            names = sorted(row["name"] for row in schema)
            return names, content(graph), *map(trained, self.checkpoints())

    def checkpoints(self):
        return sorted(self.home.checkpoints.glob("*/model.pt"))


def trained(file):
    """The weights of a checkpoint and its epochs, as text."""
    checkpoint = load_checkpoint(file)
    epochs = {
        phase: [{k: v for k, v in each.items() if k not in _TIMES} for each in records]
        for phase, records in checkpoint.history.items()
    }
    weights = {name: tensor.tolist() for name, tensor in checkpoint.weights.items()}
    assert all(torch.is_tensor(tensor) for tensor in checkpoint.weights.values())
    return json.dumps([checkpoint.epoch, epochs, weights, checkpoint.derived])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("killed"))
    managed.start(site.home, bolt_port=free_port(), http_port=free_port(), heap=HEAP)
    yield site
    managed.stop(site.home, timeout=10)


@pytest.mark.parametrize("name", COMMANDS if FULL else ["load-kg"])
def test_a_command_whose_server_is_killed_says_so_and_is_run_again(site, name):
    site.prepare(name)
    started = time.perf_counter()
    undisturbed = site.start(name).ended()
    seconds = time.perf_counter() - started
    assert undisturbed.code == 0, undisturbed.err
    expected = site.outcome()
    rng = random.Random(name)
    killed, failed, longest = 0, 0, 0.0
    while killed < KILLS:
        site.prepare(name)
        started = time.perf_counter()
        running = site.start(name)
        if running.wait(rng.uniform(0, seconds)):
            seconds = time.perf_counter() - started  # quicker now that the server is warm
            continue
        site.kill_server()
        killed += 1
        started = time.perf_counter()
        ended = running.ended()
        if ended.code:
            failed += 1
            longest = max(longest, time.perf_counter() - started)
            check_message(ended)
        again = site.start(name).ended()
        assert again.code == 0, again.err
        assert site.outcome() == expected
    assert failed or not FULL
    assert longest < PATIENCE
    print(
        f"{name}: {failed} of {KILLS} kills of the server ended it, at most {longest:.0f} s later"
    )


def check_message(ended):
    """Check that a command said in one line that the server has died, and what to do."""
    assert ended.code == 1, ended.err
    assert ended.last.startswith("Error: no Neo4j answers at bolt://127.0.0.1:")
    assert "the local Neo4j that the pipeline started has ended" in ended.last
    assert "run: pipeline up, and then the same command again" in ended.last
    assert "Traceback" not in ended.err


def test_a_lost_server_is_tried_again_no_longer_than_the_timeout(graph, caplog):
    """The driver doubles its pauses, so the last one may end long after its own limit."""
    host, port = graph.connection.uri.removeprefix("bolt://").split(":")
    with proxy.proxied(host, int(port)) as between:
        lost = replace(graph.connection, uri=f"bolt://127.0.0.1:{between.port}")
        with Graph.open(lost, timeout=1.2) as cut, caplog.at_level(logging.WARNING, "neo4j"):
            between.close()
            with pytest.raises(DatabaseError, match="no Neo4j answers"):
                cut.write(query("MERGE (:Lost)"))
    assert len([each for each in caplog.messages if "will be retried" in each]) == 1
