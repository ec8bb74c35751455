"""Atomic file writes: a file holds the old content or the new, never a part."""

from __future__ import annotations

import os
from pathlib import Path


def write_atomically(file: Path, content: bytes | memoryview) -> None:
    """Write ``content`` to ``file``, creating its folder if needed.

    Raises:
        OSError: the disk is full or the folder is not writable; ``file`` is unchanged.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
