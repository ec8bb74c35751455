"""Files that are always whole: the old content or the new, never a part."""

from __future__ import annotations

import os
from pathlib import Path


def write_atomically(file: Path, content: bytes | memoryview) -> None:
    """Put ``content`` into ``file``, making its folder where it lacks.

    Raises:
        OSError: the disk is full or the folder cannot be written; ``file`` is as it was.
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
