"""Download the Python wheel that contains MovieLens 100K. It is read as data, never installed."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from pipeline.errors import DownloadError
from pipeline.home import Home
from pipeline.progress import say
from pipeline.sources.download import datasets_folder

REQUIREMENT = "recbole==1.2.1"
WHEEL = "recbole-1.2.1-py3-none-any.whl"
SHA256 = "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407"
_SECONDS = 300


def fetch_wheel(home: Home) -> Path:
    """Return the wheel, from the cache or from the Python package index by pip.

    Its SHA-256 is checked.

    Raises:
        DownloadError: pip cannot download the wheel, or its SHA-256 is wrong.
    """
    target = datasets_folder(home) / WHEEL
    if target.is_file() and _sha256(target) == SHA256:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    say(f"downloading {REQUIREMENT} from the Python package index (2 MB, read as data)")
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        _pip_download(Path(folder))
        fetched = Path(folder) / WHEEL
        if not fetched.is_file():
            raise DownloadError(f"pip downloaded {REQUIREMENT} but no {WHEEL}; {_by_hand(target)}")
        if (found := _sha256(fetched)) != SHA256:
            raise DownloadError(f"{WHEEL} has SHA-256 {found}, not {SHA256}; it is not used")
        fetched.replace(target)
    return target


def _pip_download(folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-input", "--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    try:
        done = subprocess.run(
            [*command, REQUIREMENT], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise DownloadError(f"pip did not download {REQUIREMENT} within {_SECONDS} s") from None
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR")]
        reason = (errors or lines or [f"exit code {done.returncode}"])[0]
        target = folder.parent / WHEEL
        raise DownloadError(f"pip cannot download {REQUIREMENT}: {reason}; {_by_hand(target)}")


def _by_hand(target: Path) -> str:
    return f"download {WHEEL} yourself, put it at {target} and run the same command"


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
