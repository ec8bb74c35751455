"""What eight processes do to one database at the same time."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from tests.faults import forked
from tests.support.command_line import typed

LISTS = (3, 5)  # movies per user, in turn: so a writer replaces a run's lists by others
PEOPLE = (1, 20, 33)  # whose recommendations are explained
FILMS = range(5)  # to which similar ones are asked for


class Runs(NamedTuple):
    """Two trained runs, and the data set's folder."""

    rkan: str
    history: str
    folder: str


def _load(runs: Runs, turn: int) -> list[object]:
    return ["load-kg", runs.folder]


def _enrich(runs: Runs, turn: int) -> list[object]:
    return ["enrich", "--run-id", runs.history]


def _recommend(name: str) -> Callable[[Runs, int], list[object]]:
    def arguments(runs: Runs, turn: int) -> list[object]:
        return ["recommend", "--run-id", getattr(runs, name), "--top-k", LISTS[turn % 2]]

    return arguments


def _explain(runs: Runs, turn: int) -> list[object]:
    run = (runs.rkan, runs.history)[turn % 2]
    return ["explain", PEOPLE[turn // 2 % len(PEOPLE)], "--run-id", run]


def _evaluate(runs: Runs, turn: int) -> list[object]:
    return ["evaluate", "--run-id", (runs.rkan, runs.history)[turn % 2]]


def _similar(runs: Runs, turn: int) -> list[object]:
    return ["similar", FILMS[turn % len(FILMS)]]


WORKERS: dict[str, Callable[[Runs, int], list[object]]] = {
    "load-kg": _load,
    "enrich": _enrich,
    "recommend RKAN": _recommend("rkan"),
    "recommend RKAN, too": _recommend("rkan"),
    "recommend RKAN-history": _recommend("history"),
    "explain": _explain,
    "evaluate": _evaluate,
    "similar": _similar,
}


class Report(NamedTuple):
    """What became of one command."""

    arguments: list[str]
    code: int
    out: str
    err: str


class _Retries(logging.Handler):
    """Counts the transactions that the driver began again."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if "will be retried" in record.msg:
            self.messages.append(record.getMessage())


def start(
    name: str, runs: Runs, file: Path, environment: Mapping[str, str], seconds: float
) -> BaseProcess:
    """Start one of the workers."""
    started = forked.process(_work, name, runs, file, dict(environment), seconds)
    started.start()
    return started


def _work(name: str, runs: Runs, file: Path, environment: dict[str, str], seconds: float) -> None:
    """Type commands until the time is up, an even number of them, and store what they did."""
    os.environ.update(environment)
    retries = _Retries()
    logging.getLogger("neo4j").addHandler(retries)
    reports: list[Report] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until or len(reports) % 2:
        arguments = [*map(str, WORKERS[name](runs, len(reports))), "--json"]
        ended = typed(*arguments)
        reports.append(Report(arguments, int(ended.code), ended.out, ended.err))
    file.write_text(json.dumps({"reports": reports, "retries": retries.messages}))
