"""Runs commands as their own processes, and measures them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence

from benchmarks.errors import FailedCommandError
from benchmarks.memory import Peaks, forget_peak, peak, watched_command
from benchmarks.pairing import Block


def run(arguments: Sequence[str], server: int | None = None) -> tuple[Block, Peaks]:
    """Run Python with these arguments to its end; return its wall time and peak memory.

    Raises:
        FailedCommandError: it failed; the message has its last words.
    """
    if server:
        forget_peak(server)
    with tempfile.TemporaryFile("w+") as errors:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=errors
        )
        with watched_command(process.pid) as peaks:
            code = process.wait()
            seconds = time.perf_counter() - started
        if code:
            errors.seek(0)
            said = errors.read().strip().splitlines() or [f"exit code {code}"]
            raise FailedCommandError(f"python {' '.join(arguments)} failed: {said[-1]}")
    peaks.server = peak(server) if server else None
    return Block(1, seconds), peaks


def block(arguments: Sequence[str]) -> Callable[[], Block]:
    """Return a block that runs Python with these arguments."""
    return lambda: run(arguments)[0]


def pipeline(*arguments: str) -> list[str]:
    """Return Python's arguments for a command of the project."""
    return ["-m", "pipeline", *arguments]
