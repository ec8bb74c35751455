"""Report, or refuse, facts that seem to stand on wrong movies."""

from __future__ import annotations

from pipeline.errors import SourceError
from pipeline.progress import say
from pipeline.sources.tables import SourceTables


def check_facts(tables: SourceTables, *, strict: bool = False) -> None:
    """Say what looks wrong about the links between facts and movies.

    Raises:
        SourceError: something does, and ``strict`` is set; nothing has been loaded.
    """
    warnings = tables.warnings
    if strict and warnings:
        raise SourceError(f"{warnings[0]}; load without --strict-links to accept them")
    for warning in warnings:
        say(f"warning: {warning}")
