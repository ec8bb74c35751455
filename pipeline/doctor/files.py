"""Checks of files: who can read them, and what killed processes have left."""

from __future__ import annotations

import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from pipeline.doctor.findings import Finding, Repair, ok, problem, warning
from pipeline.home import Home
from pipeline.private import close_to_others, is_open
from pipeline.server.chosen import read_engine
from pipeline.server.docker_container import password_file
from pipeline.server.offline import WORK
from pipeline.server.state import Places

_AGE = 3600  # seconds without a change after which a file whose writer is unknown is left over


def rights(home: Home) -> Iterator[Finding]:
    """Check that only the user can read the password file and the folders of the home."""
    file = password_file(home) if read_engine(home) == "docker" else Places(home).password
    if not file.exists():
        yield ok("password", "none made yet")
    elif is_open(file):
        mode = stat.S_IMODE(file.stat().st_mode)
        value = f"other users can read {file} (mode {mode:04o})"
        yield problem("password", value, f"chmod 600 '{file}'", _closing(file))
    else:
        yield ok("password", f"only you can read {file}")
    folders = [each for each in (home.server, home.checkpoints, home.quarantine) if each.is_dir()]
    opened = [each for each in folders if is_open(each)]
    if opened and not is_open(home.root):  # nobody else reaches them
        opened = []
    for folder in opened:
        value = f"other users have rights on {folder}"
        yield warning("folders", value, f"chmod 700 '{folder}'", _closing(folder))
    if folders and not opened:
        yield ok("folders", f"only you can read those in {home.root}")


def _closing(place: Path) -> Repair:
    def close() -> str:
        close_to_others(place)
        return f"took their rights on {place} from other users"

    return close


def leftovers(home: Home) -> Iterator[Finding]:
    """Check for parts of files, and folders of training, whose writers were killed."""
    found = sorted(_leftovers(home))
    for place in found:
        yield warning(
            "leftovers",
            f"{place} was left by a process that was killed",
            "pipeline doctor --repair",
            _removing(place),
        )
    if not found:
        yield ok("leftovers", "none of processes that were killed")


def _leftovers(home: Home) -> Iterator[Path]:
    for folder, pattern in (
        (home.server, "*.part"),
        (home.server, "docker/*.part"),
        (home.checkpoints, "**/*.part"),
        (home.quarantine, "*.part"),
    ):
        for part in folder.glob(pattern):
            if part.is_file() and not part.is_symlink() and not _is_written(part):
                yield part
    # Of backups and restores, and of versions that spooled to named files.
    for place in (*home.server.glob(WORK), *home.checkpoints.glob("*/tmp*")):
        if not place.is_symlink() and _is_old(place):
            yield place


def _is_written(part: Path) -> bool:
    """Return True if the process that its name tells lives, or it changed a short time ago."""
    writer = part.name.split(".")[-2]
    if part.name.startswith(".") and writer.isdecimal():
        return bool(psutil.pid_exists(int(writer)))
    return not _is_old(part)


def _is_old(place: Path) -> bool:
    inside = place.rglob("*") if place.is_dir() else ()
    newest = max(each.lstat().st_mtime for each in (place, *inside))
    return bool(time.time() - newest > _AGE)


def _removing(place: Path) -> Repair:
    def remove() -> str:
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
        return f"deleted {place}"

    return remove
