"""Atomic file writes: a file holds the old content or the new, never a part."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import psutil


def write_atomically(file: Path, *parts: bytes | memoryview) -> None:
    """Write ``parts``, one after the other, to ``file``, creating its folder if needed.

    Raises:
        OSError: as in written_atomically.
    """
    with written_atomically(file) as stream:
        for part in parts:
            stream.write(part)


@contextmanager
def written_atomically(file: Path) -> Iterator[BinaryIO]:
    """Open a stream that becomes ``file`` at the end of the block, unless the block fails.

    The file's folder is created if needed. What processes that were killed in the midst of writing
    ``file`` left is removed.

    Raises:
        OSError: the disk is full or the folder is not writable; ``file`` is unchanged. The error
            names ``file``.
    """
    temporary = file.with_name(f".{file.name}.{os.getpid()}.part")
    with naming(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(file)
        try:
            with temporary.open("wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(file)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    _sync_folder(file.parent)


@contextmanager
def naming(place: Path) -> Iterator[None]:
    """Make an OSError of the block name ``place``; errors of writing name no file by themselves."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(place)) from error


def _remove_leftovers(file: Path) -> None:
    """Remove parts of ``file`` whose writer no longer lives."""
    for left in file.parent.glob(f".{glob.escape(file.name)}.*.part"):
        writer = left.name.split(".")[-2]
        if writer.isdecimal() and not psutil.pid_exists(int(writer)):
            left.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make the new name outlast a loss of power, where the system can."""
    with suppress(OSError):  # no folder can be opened on Windows; some file systems cannot sync one
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
