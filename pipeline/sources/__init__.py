"""Read data sets, by name or from a folder, into the same tables."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import DownloadError, SourceError
from pipeline.home import Home, expand_folder

if TYPE_CHECKING:
    from pipeline.sources.tables import SourceTables

DATASETS = ("ml-100k", "ml-1m", "ml-latest-small", "ml-25m", "ml-32m")


def open_source(dataset: str, imdb: str, home: Home) -> SourceTables:
    """Read a data set and, if requested, IMDb's attributes of its movies.

    Args:
        dataset: one of DATASETS, downloaded unless it is in the cache, or a folder with the
            files of a MovieLens release or with ratings.csv and movies.csv.
        imdb: "none", "download", or a folder with IMDb's official TSV files.
        home: the home whose cache holds the downloads.

    Raises:
        SourceError: no such data set or folder, or an unusable file.
        DownloadError: a download failed; the message names an alternative.
    """
    from pipeline.sources.link_checks import check_people

    tables = _read_with_imdb(dataset, imdb, home)
    return dataclasses.replace(tables, people=check_people(tables))


def _read_with_imdb(dataset: str, imdb: str, home: Home) -> SourceTables:
    if imdb == "none":
        return _read(dataset, home)
    from pipeline.sources.download import download_imdb
    from pipeline.sources.imdb import enrich, find_files

    if imdb == "download":
        tables = _read(dataset, home)
        return enrich(tables, download_imdb(home))
    folder = expand_folder(imdb)
    find_files(folder)  # fail before downloading a data set
    return enrich(_read(dataset, home), folder)


def read_folder(folder: Path) -> SourceTables:
    """Read a folder in the format that its file names indicate.

    Raises:
        SourceError: no such folder, or its format is unknown.
    """
    from pipeline.sources.csv_folder import read_csv_folder
    from pipeline.sources.movielens import read_1m, read_100k, read_latest

    folder = expand_folder(folder)
    if not folder.is_dir():
        raise SourceError(
            f"{str(folder)!r} is neither a folder nor a known data set; known data sets: "
            f"{', '.join(DATASETS)}"
        )
    held = {file.name.removesuffix(".gz") for file in folder.iterdir()}
    name = folder.resolve().name
    if "u.data" in held or "u.item" in held:
        return read_100k(folder, name)
    if "ratings.dat" in held or "movies.dat" in held:
        return read_1m(folder, name)
    if {"ratings.csv", "movies.csv", "links.csv"} <= held:
        return read_latest(folder, name)
    if held & {"ratings.csv", "movies.csv"}:
        return read_csv_folder(folder)
    raise SourceError(
        f"{folder} contains no data set; expected u.data and u.item, ratings.dat and movies.dat, "
        "or ratings.csv and movies.csv"
    )


def _read(dataset: str, home: Home) -> SourceTables:
    return _read_named(dataset, home) if dataset in DATASETS else read_folder(Path(dataset))


def _read_named(dataset: str, home: Home) -> SourceTables:
    from pipeline.sources.download import ARCHIVES, by_hand, download_movielens

    if dataset == "ml-100k":
        return _read_100k_from_wheels(home)
    try:
        archive = download_movielens(dataset, home)
    except DownloadError as error:
        raise DownloadError(f"{error}; {by_hand(dataset, home)}") from error
    from pipeline.sources.archives import open_archive
    from pipeline.sources.movielens import read_1m, read_latest

    read = {"ml-1m": read_1m}.get(dataset, read_latest)
    known = ARCHIVES[dataset]
    with open_archive(archive, dataset, known.members, limit=known.limit) as folder:
        return read(folder, dataset)


def _read_100k_from_wheels(home: Home) -> SourceTables:
    """Read MovieLens 100K with Wikidata's people, from package indexes alone."""
    from pipeline.sources import wheel
    from pipeline.sources.recbole import read_recbole
    from pipeline.sources.wikidata import add_people, read_films

    ratings = wheel.fetch_wheel(home, wheel.RECBOLE)
    films = wheel.fetch_wheel(home, wheel.BOKEH)
    return add_people(read_recbole(ratings, "ml-100k"), read_films(films))
