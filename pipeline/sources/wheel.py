"""Download Python wheels that contain data. They are read as zip archives, never installed."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import DownloadError
from pipeline.home import Home
from pipeline.progress import say
from pipeline.sources.download import datasets_folder

_SECONDS = 300


@dataclass(frozen=True)
class Wheel:
    """A wheel in the Python package index.

    Attributes:
        requirement: the package and its exact version, as pip takes it.
        file: the wheel's file name.
        sha256: its checksum.
        megabytes: size of the download.
    """

    requirement: str
    file: str
    sha256: str
    megabytes: int


RECBOLE = Wheel(  # MovieLens 100K: ratings, titles, years, genres
    requirement="recbole==1.2.1",
    file="recbole-1.2.1-py3-none-any.whl",
    sha256="9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407",
    megabytes=2,
)
BOKEH = Wheel(  # films of 1940 to 2014 with directors, writers and cast, from Wikidata
    requirement="bokeh-sampledata==2026.1",
    file="bokeh_sampledata-2026.1-py3-none-any.whl",
    sha256="f40331a40ca30c64a1c1471835aad9006b61b0d9731a3f649ee8cbbf48d3822f",
    megabytes=13,
)


def fetch_wheel(home: Home, wheel: Wheel) -> Path:
    """Return a wheel, from the cache or from the Python package index by pip.

    Its SHA-256 is checked.

    Raises:
        DownloadError: pip cannot download the wheel, or its SHA-256 is wrong.
    """
    target = datasets_folder(home) / wheel.file
    if target.is_file() and _sha256(target) == wheel.sha256:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    say(
        f"downloading {wheel.requirement} from the Python package index "
        f"({wheel.megabytes} MB, read as data)"
    )
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        _pip_download(Path(folder), wheel)
        fetched = Path(folder) / wheel.file
        if not fetched.is_file():
            raise DownloadError(
                f"pip downloaded {wheel.requirement} but no {wheel.file}; {_by_hand(target)}"
            )
        if (found := _sha256(fetched)) != wheel.sha256:
            raise DownloadError(
                f"{wheel.file} has SHA-256 {found}, not {wheel.sha256}; it is not used"
            )
        fetched.replace(target)
    return target


def _pip_download(folder: Path, wheel: Wheel) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-input", "--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    try:
        done = subprocess.run(
            [*command, wheel.requirement],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DownloadError(
            f"pip did not download {wheel.requirement} within {_SECONDS} s"
        ) from None
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR")]
        reason = (errors or lines or [f"exit code {done.returncode}"])[0]
        target = folder.parent / wheel.file
        raise DownloadError(
            f"pip cannot download {wheel.requirement}: {reason}; {_by_hand(target)}"
        )


def _by_hand(target: Path) -> str:
    return f"download {target.name} yourself, put it at {target} and run the same command"


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
