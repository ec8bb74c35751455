"""Read a data set, and report or refuse facts that seem to stand on wrong movies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import SourceError
from pipeline.home import Home
from pipeline.progress import say
from pipeline.sources import open_source
from pipeline.sources.tables import SourceTables

if TYPE_CHECKING:
    from pipeline.sources.described import DescribedTables


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


def read_own_tables(folder: Path, *, strict_links: bool = False) -> DescribedTables:
    """Read a folder with a description, or RecBole's atomic files, and check its facts.

    Raises:
        ConfigError: the description is not allowed.
        SourceError: an unusable file, or facts that ``strict_links`` refuses.
    """
    from pipeline.sources.atomic import read_atomic
    from pipeline.sources.attribute_checks import check_attributes
    from pipeline.sources.described import is_described, read_described

    tables = read_described(folder) if is_described(folder) else read_atomic(folder)
    tables.checks = check_attributes(tables)
    check_facts(tables, strict=strict_links)
    return tables


def check_facts(tables: SourceTables | DescribedTables, *, strict: bool = False) -> None:
    """Say what looks wrong about the links between facts and movies.

    Raises:
        SourceError: something does, and ``strict`` is set; nothing has been loaded.
    """
    warnings = tables.warnings
    if strict and warnings:
        raise SourceError(f"{warnings[0]}; load without --strict-links to accept them")
    for warning in warnings:
        say(f"warning: {warning}")
