"""Eight processes read and write one database: nothing fails, and no reader sees parts of two runs.

The long form goes on for 2 minutes:

    PIPELINE_FAULTS=full .venv/bin/python -m pytest -m faults tests/faults/test_eight_at_once.py
"""

import json
import os
from collections import Counter
from hashlib import sha256

import pytest

from pipeline.enrichment.stored import count_derived
from pipeline.server.credentials import read_password
from tests.faults import eight, forked
from tests.faults.eight import FILMS, LISTS, PEOPLE, WORKERS, Report, Runs
from tests.faults.generated import TINY, generated_folder
from tests.faults.test_interruptions import rows
from tests.support.command_line import typed

FULL = os.environ.get("PIPELINE_FAULTS") == "full"
SECONDS = 120.0 if FULL else 8.0

pytestmark = [pytest.mark.faults] if FULL else []

# What a command may fail with beside others, and why. Whatever else it says is a fault.
ALLOWED = {
    # Its figures are of lists that are no longer there, so they must not be stored.
    "evaluate": "was replaced while it was evaluated, so no metrics were stored; run again",
    # Two loads must not write at once. Loading what is there writes nothing and takes no lock.
    "load-kg": "another load into",
}
_LISTS = """
MATCH (a)-[r:RECOMMENDED|BECAUSE {{runId: '{run}'}}]->(b)
RETURN type(r), properties(r), a.entityId, b.entityId
"""
_EMBEDDINGS = "MATCH (e:Entity) RETURN e.entityId, e.embedding"
_NODES = "MATCH (n:Entity|Dataset) RETURN labels(n), n {.*, embedding: null}"
_RELATIONSHIPS = """
MATCH (a)-[r:!RECOMMENDED&!BECAUSE]->(b) RETURN type(r), properties(r), a.entityId, b.entityId
"""


def digest(graph, *texts):
    found = [row for text in texts for row in rows(graph, text)]
    return sha256("\n".join(found).encode()).hexdigest()


class States:
    """The states of the graph, and the answers of readers, when one command follows the other."""

    def __init__(self, graph, runs, answer):
        self.lists: dict[str, set[str]] = {run: set() for run in (runs.rkan, runs.history)}
        self.answers: dict[tuple[str, ...], set[str]] = {}
        self.embeddings: set[str] = set()
        for run in self.lists:
            for length in LISTS:
                answer("recommend", "--run-id", run, "--top-k", length)
                self.lists[run].add(lists_of(graph, run))
                for person in PEOPLE:
                    self._note(answer, "explain", person, "--run-id", run)
                self._note(answer, "evaluate", "--run-id", run)
            self.embeddings.add(digest(graph, _EMBEDDINGS))
        for film in FILMS:
            self._note(answer, "similar", film)
        self.rest = digest(graph, _NODES, _RELATIONSHIPS)
        self.derived = count_derived(graph)

    def _note(self, answer, *arguments):
        said = answer(*arguments)
        self.answers.setdefault((*map(str, arguments), "--json"), set()).add(said)

    def check(self, graph):
        assert count_derived(graph) == self.derived
        assert digest(graph, _NODES, _RELATIONSHIPS) == self.rest
        assert digest(graph, _EMBEDDINGS) in self.embeddings
        for run, known in self.lists.items():
            assert lists_of(graph, run) in known


def lists_of(graph, run):
    return digest(graph, _LISTS.format(run=run))


def allowed(report: Report) -> bool:
    """True for a failure that says in one line what another process was doing."""
    line = report.err.strip().splitlines()[-1]
    reason = ALLOWED.get(report.arguments[0])
    return report.code == 1 and line.startswith("Error: ") and reason is not None and reason in line


@pytest.fixture
def environment(server, place):
    return {
        "NEO4J_URI": server.uri,
        "NEO4J_PASSWORD": read_password(server.password_file),
        "PIPELINE_HOME": str(place.root),
    }


@pytest.fixture
def answer(graph, environment, monkeypatch):
    """What a command prints to programs."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run(*arguments):
        ended = typed(*arguments, "--json")
        assert ended.code == 0, ended.err
        return ended.out

    return run


def test_eight_processes_at_once_leave_what_one_after_the_other_leaves(
    graph, answer, environment, tmp_path
):
    folder = generated_folder(tmp_path)
    answer("load-kg", folder)
    rkan, history = (
        json.loads(answer("train", *TINY[each]))["run_id"] for each in ("rkan", "rkan-history")
    )
    runs = Runs(rkan, history, str(folder))
    states = States(graph, runs, answer)
    files = {name: tmp_path / f"{name}.json" for name in WORKERS}
    workers = [eight.start(name, runs, file, environment, SECONDS) for name, file in files.items()]
    for each in workers:
        each.join(SECONDS + forked.SECONDS)
    assert [each.exitcode for each in workers] == [0] * len(workers)
    states.check(graph)
    done: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    retried = 0
    for file in files.values():
        found = json.loads(file.read_text())
        retried += len(found["retries"])
        for report in (Report(*each) for each in found["reports"]):
            command = report.arguments[0]
            done[command] += 1
            if report.code:
                assert allowed(report), report
                refused[command] += 1
            elif command in ("load-kg", "enrich"):
                assert json.loads(report.out)["unchanged"]
            elif command != "recommend":
                assert report.out in states.answers[tuple(report.arguments)]
    assert all(done[command] > refused[command] for command in done)
    print(f"{done.total()} commands: {dict(done)}; refused: {dict(refused)}; {retried} retries")
