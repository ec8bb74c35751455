"""Peak memory of this process, of the server and of commands, from /proc; None where it is not."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_POLL = 0.05  # seconds between two looks at a running command


@dataclass
class Peaks:
    """The greatest resident memory in MiB; None where it is unknown.

    Attributes:
        python: of Python, this process or a command.
        server: of Neo4j.
    """

    python: int | None = None
    server: int | None = None


def peak(pid: int | str) -> int | None:
    """Return the peak of a process since it began, or since ``forget_peak``, in MiB."""
    with suppress(OSError):
        for line in (_PROC / str(pid) / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    return None


def forget_peak(pid: int | str) -> None:
    """Begin a new peak, where the system permits it."""
    with suppress(OSError):
        (_PROC / str(pid) / "clear_refs").write_text("5")


@contextmanager
def watched(server: int | None) -> Iterator[Peaks]:
    """Measure the peaks of this process and of the server during the block."""
    gc.collect()
    forget_peak("self")
    if server:
        forget_peak(server)
    found = Peaks()
    yield found
    found.python = peak("self")
    found.server = peak(server) if server else None


@contextmanager
def watched_command(pid: int) -> Iterator[Peaks]:
    """Watch another process while it runs.

    The operating system's own record of an ended process would not do: it includes what its parent
    held when it started it.
    """
    found, ended = Peaks(), threading.Event()

    def look() -> None:
        while True:
            seen = peak(pid)
            found.python = seen if seen is not None else found.python
            if ended.wait(_POLL):
                return

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()
