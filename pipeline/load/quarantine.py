"""Write refused rows to a file, each with its file, line, reason and text."""

from __future__ import annotations

import csv
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pipeline.sources.tables import RefusedRow


def write_quarantine(folder: Path, name: str, refused: Sequence[RefusedRow]) -> Path | None:
    """Write ``<name>.csv`` (file, line, reason, text) into ``folder``, completely or not at all.

    If no row was refused, write no file and delete the one of an earlier load.

    Returns:
        The file, or None.
    """
    target = folder / f"{re.sub(r'[^A-Za-z0-9._-]+', '_', name).lstrip('.') or 'rows'}.csv"
    if not refused:
        target.unlink(missing_ok=True)
        return None
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", dir=folder, suffix=".part", delete=False, encoding="utf-8", newline=""
    ) as stream:
        part = Path(stream.name)
        try:
            writer = csv.writer(stream)
            writer.writerow(RefusedRow._fields)
            writer.writerows(refused)
            stream.flush()
            os.fsync(stream.fileno())
        except BaseException:
            part.unlink()
            raise
    return part.replace(target)
