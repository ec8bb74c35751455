"""Write what a person should look at to CSV files: refused rows, and uncertain links."""

from __future__ import annotations

import csv
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pipeline.sources.link_reports import LinkReport, UncertainLink
from pipeline.sources.tables import RefusedRow


def write_review(folder: Path, name: str, reports: Iterable[LinkReport]) -> Path | None:
    """Write the uncertain links to ``<name>-links.csv``, as write_quarantine writes refused rows.

    Returns:
        The file, or None if no link is uncertain.
    """
    uncertain = [link for report in reports for link in report.uncertain]
    return _write(folder, f"{name}-links", UncertainLink._fields, uncertain)


def write_quarantine(folder: Path, name: str, refused: Sequence[RefusedRow]) -> Path | None:
    """Write ``<name>.csv`` (file, line, reason, text) into ``folder``, completely or not at all.

    If no row was refused, write no file and delete the one of an earlier load.

    Returns:
        The file, or None.
    """
    return _write(folder, name, RefusedRow._fields, refused)


def _write(
    folder: Path, name: str, fields: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> Path | None:
    target = folder / f"{re.sub(r'[^A-Za-z0-9._-]+', '_', name).lstrip('.') or 'rows'}.csv"
    if not rows:
        target.unlink(missing_ok=True)
        return None
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", dir=folder, suffix=".part", delete=False, encoding="utf-8", newline=""
    ) as stream:
        part = Path(stream.name)
        try:
            writer = csv.writer(stream)
            writer.writerow(fields)
            writer.writerows(rows)
            stream.flush()
            os.fsync(stream.fileno())
        except BaseException:
            part.unlink()
            raise
    return part.replace(target)
