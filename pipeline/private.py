"""Files that other users of the machine cannot read. Windows does so by itself: homes lie in
folders that only their owner can read, and the modes used here mean nothing there.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OTHERS = 0o077  # rights of the group and of everyone else
_USUAL = os.umask(OTHERS)  # there is no other way to read it
os.umask(_USUAL)


@contextmanager
def private_files() -> Iterator[None]:
    """Within, files and folders that this process and its children make are the user's alone."""
    with _masked(OTHERS):
        yield


@contextmanager
def usual_files() -> Iterator[None]:
    """Within, new files have the rights that the user's shell gives them: results to hand on."""
    with _masked(_USUAL):
        yield


@contextmanager
def _masked(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def is_open(place: Path) -> bool:
    """Return True if other users have rights on a file or folder; never on Windows."""
    return os.name != "nt" and bool(stat.S_IMODE(place.stat().st_mode) & OTHERS)


def close_to_others(place: Path) -> None:
    """Take all rights from other users.

    Raises:
        OSError: this user does not own it.
    """
    place.chmod(stat.S_IMODE(place.stat().st_mode) & ~OTHERS)
