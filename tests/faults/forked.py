"""Commands in processes of their own, forked from one that has imported what they need.

A command then begins at once, instead of after several seconds of imports.
"""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from pipeline.cli import COMMANDS, main
from pipeline.graph import Graph

SECONDS = 300  # that a command may take on a busy machine

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(
    [
        *(f"pipeline.cli.{name.replace('-', '_')}" for name in COMMANDS),
        "pipeline.evaluation.evaluate",
        "pipeline.load.kg",
        "pipeline.networks.rkan.training",
        "pipeline.networks.rkan_history.training",
        "pipeline.recommendation.preview",
        "pipeline.runs.train",
        "tests.faults.forked",
    ]
)


class Ended(NamedTuple):
    """The exit code of a command, and what it printed."""

    code: int | None
    out: str
    err: str

    @property
    def last(self) -> str:
        """The last line that it printed for people."""
        return (self.err.strip().splitlines() or [""])[-1]


class Running:
    """A command that was started and may still run."""

    def __init__(self, process: BaseProcess, folder: Path) -> None:
        self._process, self._folder = process, folder

    def wait(self, seconds: float) -> bool:
        """Wait at most so long, and return True if the command has ended."""
        self._process.join(seconds)
        return self._process.exitcode is not None

    def ended(self) -> Ended:
        """Wait for the end of the command."""
        if not self.wait(SECONDS):
            self._process.kill()
            self._process.join()
        out, err = ((self._folder / name).read_text() for name in ("out", "err"))
        return Ended(self._process.exitcode, out, err)


def pipe() -> tuple[Connection, Connection]:
    """Return the two ends of a pipe, one for each of two processes."""
    return _forks.Pipe()


def process(target: Callable[..., None], *arguments: Any) -> BaseProcess:
    """Return a process, not yet started, that will be forked. Both must be picklable."""
    return _forks.Process(target=target, args=arguments, daemon=True)


def start(
    folder: Path, environment: Mapping[str, str], *arguments: object, timeout: float = 15.0
) -> Running:
    """Start ``pipeline`` with these arguments; what it prints goes into files in the folder.

    The command gives up a lost server after ``timeout`` seconds, by default as it usually does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("out", "err"):
        (folder / name).write_text("")
    typed = [str(each) for each in arguments]
    started = process(_type, folder, dict(environment), typed, timeout)
    started.start()
    return Running(started, folder)


def _type(folder: Path, environment: dict[str, str], arguments: list[str], timeout: float) -> None:
    os.environ.update(environment)
    with (
        (folder / "out").open("w", buffering=1) as out,
        (folder / "err").open("w", buffering=1) as err,
        redirect_stdout(out),
        redirect_stderr(err),
        mock.patch("sys.argv", ["pipeline", *arguments]),
        mock.patch.object(Graph, "open", partial(Graph.open, timeout=timeout)),
    ):
        try:
            main()
        except Exception:
            traceback.print_exc()
            raise SystemExit(70) from None
