"""Download data sets into the cache and verify them.

GroupLens publishes an MD5 for each archive that never changes. ``ml-latest-small`` is replaced now
and then, and IMDb's files daily, so their own CRC-32 is checked instead.
"""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pooch  # type: ignore[import-untyped]
import requests

from pipeline.errors import DownloadError
from pipeline.home import Home
from pipeline.progress import progress_bar, say

GROUPLENS = "https://files.grouplens.org/datasets/movielens/"
IMDB = "https://datasets.imdbws.com/"
IMDB_FILES = (
    "title.basics.tsv.gz",
    "title.crew.tsv.gz",
    "title.principals.tsv.gz",
    "name.basics.tsv.gz",
)
CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 60.0
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Archive:
    """A MovieLens archive at GroupLens.

    Attributes:
        checksum: "md5:..." as GroupLens publishes it; None if the archive changes in place.
        members: the files to read, all in the archive's folder named after the data set.
        limit: largest unpacked size of a member, in bytes.
    """

    checksum: str | None
    members: tuple[str, ...]
    limit: int


_CSV = ("ratings.csv", "movies.csv", "links.csv")
ARCHIVES: dict[str, Archive] = {
    "ml-1m": Archive(
        "md5:c4d9eecfca2ab87c1945afe126590906", ("ratings.dat", "movies.dat"), 64 << 20
    ),
    "ml-latest-small": Archive(None, _CSV, 256 << 20),
    "ml-25m": Archive("md5:6b51fb2759a8657d3bfcbfc42b592ada", _CSV, 2 << 30),
    "ml-32m": Archive("md5:d472be332d4daa821edc399621853b57", _CSV, 2 << 30),
}


def datasets_folder(home: Home) -> Path:
    """Return the folder for downloaded data sets."""
    return home.cache / "datasets"


def download_movielens(dataset: str, home: Home) -> Path:
    """Return the archive of a MovieLens data set, from the cache or from GroupLens.

    Raises:
        DownloadError: the download failed.
    """
    url = f"{GROUPLENS}{dataset}.zip"
    return fetch(url, datasets_folder(home), ARCHIVES[dataset].checksum, check_zip)


def by_hand(dataset: str, home: Home) -> str:
    """Return advice for users whose machine cannot reach GroupLens."""
    return (
        f"download {dataset}.zip yourself, put it into {datasets_folder(home)} and run the same "
        "command, or unpack it and run: pipeline load-kg FOLDER"
    )


def download_imdb(home: Home) -> Path:
    """Return the folder with IMDb's four files, downloading those not in the cache.

    Raises:
        DownloadError: a download failed; the message says how to provide the files yourself.
    """
    folder = datasets_folder(home) / "imdb"
    try:
        for name in IMDB_FILES:
            fetch(IMDB + name, folder, None, check_gzip)
    except DownloadError as error:
        raise DownloadError(
            f"{error}; download {', '.join(IMDB_FILES)} yourself and use --imdb FOLDER"
        ) from error
    return folder


def fetch(url: str, folder: Path, checksum: str | None, check: Callable[[Path], None]) -> Path:
    """Return the file from ``url`` in ``folder``, downloading it unless an intact copy exists.

    Args:
        url: its last part is the file name.
        folder: created if missing; a file appears in it complete or not at all.
        checksum: "md5:..." or "sha256:...", or None for a file that changes in place.
        check: raises DownloadError if a new download is incomplete.

    Raises:
        DownloadError: the server is unreachable or refuses, or the file is truncated or has the
            wrong checksum.
    """
    name = url.rsplit("/", 1)[1]
    pooch.get_logger().setLevel("WARNING")
    folder.mkdir(parents=True, exist_ok=True)
    before = (folder / name).exists()
    try:
        path = pooch.retrieve(url, checksum, fname=name, path=folder, downloader=_download)
    except requests.RequestException as error:
        spoilt = f" (and the copy at {folder / name} has the wrong checksum)" if before else ""
        raise DownloadError(f"cannot download {url}: {_reason(error)}{spoilt}") from error
    except ValueError as error:
        raise DownloadError(
            f"the download of {url} does not have the published checksum {checksum}"
        ) from error
    if checksum is None and not before:
        check(Path(path))
    return Path(path)


def check_zip(path: Path) -> None:
    """Delete an archive and raise DownloadError if a member fails its CRC-32."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except zipfile.BadZipFile:
        damaged = path.name
    if damaged is not None:
        path.unlink()
        raise DownloadError(f"the download of {path.name} is damaged ({damaged}); try again")


def check_gzip(path: Path) -> None:
    """Delete a gzip file and raise DownloadError if it is truncated or fails its CRC-32."""
    try:
        with gzip.open(path) as stream:
            while stream.read(CHUNK_BYTES):
                pass
    except (EOFError, gzip.BadGzipFile, zlib.error):
        path.unlink()
        raise DownloadError(f"the download of {path.name} is damaged (gzip); try again") from None


class _Bar:
    """A counter in MiB, with the interface that pooch's downloader expects."""

    total = 0

    def __init__(self, advance: Callable[[int], None]) -> None:
        self._advance = advance

    def update(self, _: int) -> None:
        self._advance(1)

    def reset(self) -> None:
        self._advance = lambda _: None

    def close(self) -> None:
        """Do nothing; the bar ends with its context."""


def _download(url: str, output_file: Any, downloads: Any, check_only: bool = False) -> None:
    say(f"downloading {url}")
    with progress_bar("MiB") as advance:
        downloader = pooch.HTTPDownloader(
            progressbar=_Bar(advance),
            chunk_size=CHUNK_BYTES,
            timeout=(CONNECT_SECONDS, SILENCE_SECONDS),
            headers={"Accept-Encoding": "identity"},  # or a .gz could be unpacked in transit
        )
        downloader(url, output_file, downloads, check_only)


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS:g} s"
    if isinstance(error, requests.Timeout):
        return f"no data for {SILENCE_SECONDS:g} s"
    if isinstance(error, requests.exceptions.SSLError):
        return "the server's certificate is not trusted"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke before the file was complete"
    return "the server cannot be reached"
