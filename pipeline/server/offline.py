"""What a backup and a restore need: a folder to work in, and a server that does not run."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from pipeline.errors import ServerError
from pipeline.home import Home, room_in
from pipeline.progress import say
from pipeline.server import managed, swap
from pipeline.server.java import find_process
from pipeline.server.manifest import Manifest
from pipeline.server.state import Places

_NEEDS = "a copy of the database needs as much as the database"
WORK = "backup.work"  # in the server's folder
_LARGEST = re.compile(r'^"-Xmx(\d+)m"$', re.MULTILINE)


@dataclass(frozen=True)
class Backup:
    """What was backed up or restored.

    Attributes:
        file: the archive.
        neo4j: version of Neo4j that wrote it.
        created: time of the backup, ISO 8601.
        megabytes: size of the archive.
        runs: runs whose checkpoints were written into it or restored from it.
        kept: runs in it whose checkpoints this home had already; these were left as they are.
        restarted: True if the server was stopped and started again.
    """

    file: Path
    neo4j: str
    created: str
    megabytes: float
    runs: list[str]
    kept: list[str]
    restarted: bool

    @classmethod
    def of(
        cls, file: Path, manifest: Manifest, runs: list[str], kept: list[str], *, restarted: bool
    ) -> Backup:
        """Return the summary of the backup in ``file``."""
        megabytes = round(file.stat().st_size / 1e6, 1)
        return cls(file, manifest.neo4j, manifest.created, megabytes, runs, kept, restarted)


@contextmanager
def work_folder(home: Home) -> Iterator[Path]:
    """Make a folder on the disk of the databases, for one backup or restore at a time."""
    with room_in(home.server, _NEEDS), home.private():
        home.server.mkdir(parents=True, exist_ok=True)
        with FileLock(home.server / "backup.lock"):
            work = home.server / WORK
            shutil.rmtree(work, ignore_errors=True)  # of one that was killed
            work.mkdir()
            try:
                yield work
            finally:
                shutil.rmtree(work, ignore_errors=True)


@contextmanager
def stopped(home: Home, purpose: str) -> Iterator[bool]:
    """Stop the server, keep it stopped for the block, and start it again if it was running."""
    places = Places(home)
    say_so = find_process(places.neo4j, None, None) is not None
    if say_so:
        say(f"Stopping Neo4j {purpose}")
    heap = read_heap(places)
    running = managed.stop(home)
    try:
        with FileLock(places.lock):
            if find_process(places.neo4j, None, None) is not None:
                raise ServerError(
                    "another command has started the server meanwhile; nothing was changed; run "
                    "this one again when no other is running"
                )
            swap.finish(places)
            yield running
    finally:
        if running:
            say("Starting Neo4j again")
            managed.start(home, heap=None if heap is None else f"{heap}m")


def read_heap(places: Places) -> int | None:
    """Return the largest heap of the server that was started last, in MiB; None if unknown."""
    try:
        text = (places.neo4j / "java.options").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = _LARGEST.search(text)
    return int(found[1]) if found else None
