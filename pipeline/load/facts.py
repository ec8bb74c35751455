"""Read a data set, and report or refuse facts that seem to stand on wrong movies."""

from __future__ import annotations

from pipeline.errors import SourceError
from pipeline.home import Home
from pipeline.progress import say
from pipeline.sources import open_source
from pipeline.sources.tables import SourceTables


def read_tables(dataset: str, imdb: str, home: Home, *, strict_links: bool = False) -> SourceTables:
    """Read a data set as open_source does, say what it is, and check its facts.

    Raises:
        SourceError: no such data set, an unusable file, or facts that ``strict_links`` refuses.
        DownloadError: a download failed; the message names an alternative.
    """
    with home.filling_cache():
        tables = open_source(dataset, imdb, home)
    say(f"source: {tables.description}")
    check_facts(tables, strict=strict_links)
    return tables


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
