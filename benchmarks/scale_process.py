"""One process, measured: wall time, CPU time, peak memory, and a limit."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from benchmarks.memory import watched_command

_STOP_SECONDS = 20


@dataclass
class Stage:
    """What one stage took; None where it did not run or memory is unknown.

    Attributes:
        name: "generate" or a command.
        seconds: wall time, up to the limit.
        cpu: CPU seconds of the process and of Neo4j together.
        python: peak memory of the process in MiB.
        server: peak memory of Neo4j in MiB.
        store: MiB of the database's files afterwards; what Neo4j has not yet written is not in it.
        problem: why it did not end: its limit, or the last line of its error.
    """

    name: str
    seconds: float | None = None
    cpu: float | None = None
    python: int | None = None
    server: int | None = None
    store: int | None = None
    problem: str | None = None


def run_python(name: str, arguments: Sequence[str], limit: float) -> Stage:
    """Run Python with these arguments to its end, or to the limit."""
    stage = Stage(name)
    with tempfile.TemporaryFile("w+") as errors:
        started, before = time.perf_counter(), _cpu_of_children()
        process = subprocess.Popen(
            [sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=errors
        )
        with watched_command(process.pid) as peaks:
            try:
                code: int | None = process.wait(limit)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                _end(process)
            stage.seconds = time.perf_counter() - started
            stage.cpu = _cpu_of_children() - before
        if code is None:
            stage.problem = f"took longer than {limit:.0f} s"
        elif code:
            stage.problem = f"failed: {_last_line(errors) or f'exit code {code}'}"
    stage.python = peaks.python
    return stage


def _cpu_of_children() -> float:
    """Return the CPU seconds of all processes that this one has started and seen end."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process if it still runs."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _last_line(file: IO[str]) -> str:
    file.seek(0)
    lines = file.read().strip().splitlines()
    return lines[-1] if lines else ""
