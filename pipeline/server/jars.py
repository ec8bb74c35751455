"""Provide Neo4j's jars: locked by SHA-256, downloaded once, verified at every start."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from filelock import FileLock

from pipeline.errors import ServerError
from pipeline.home import is_full, room_in
from pipeline.progress import progress_bar, say

LOCK_FILE = "neo4j.lock"
ATTEMPTS = 3
_PARALLEL = 8
_REQUEST_TIMEOUT = 60  # seconds without a byte from the registry


@dataclass(frozen=True, order=True)
class LockedJar:
    """One line of the lock file.

    Attributes:
        coordinates: Maven's ``group:artifact[:classifier]:version``.
        sha256: digest of the jar, in hexadecimal.
        size: size of the jar in bytes.
    """

    coordinates: str
    sha256: str
    size: int

    @property
    def path(self) -> Path:
        """Path of the jar below the cache's jar folder."""
        group, artifact, *classifier, version = self.coordinates.split(":")
        return Path(group, "-".join([artifact, version, *classifier]) + ".jar")


@cache
def locked_jars() -> tuple[LockedJar, ...]:
    """Return the jars of the lock file that ships with the package."""
    return parse_lock(files("pipeline.server").joinpath(LOCK_FILE).read_text(encoding="utf-8"))


def parse_lock(text: str) -> tuple[LockedJar, ...]:
    """Return the jars that a lock file names, in its order.

    Raises:
        ServerError: a line is not ``coordinates sha256 size``.
    """
    jars = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        match line.split():
            case [coordinates, digest, size] if (
                coordinates.count(":") in (2, 3) and len(digest) == 64 and size.isdigit()
            ):
                jars.append(LockedJar(coordinates, digest, int(size)))
            case _:
                raise ServerError(f"{LOCK_FILE}, line {number}: not a locked jar: {line!r}")
    return tuple(jars)


def neo4j_version() -> str:
    """Return the locked version of Neo4j."""
    core = next(j for j in locked_jars() if j.coordinates.startswith("org.neo4j:neo4j:"))
    return core.coordinates.rpartition(":")[2]


Fetch = Callable[[LockedJar, Path], Path]


def provide_jars(
    folder: Path, jars: Sequence[LockedJar] | None = None, fetch: Fetch | None = None
) -> list[Path]:
    """Return the verified jar files in ``folder``, downloading missing or damaged ones first.

    Args:
        folder: the cache's jar folder; several homes may share it.
        jars: the required jars; by default those of the package's lock file.
        fetch: downloads one jar below a folder; by default from the Maven registry.

    Raises:
        ServerError: a jar cannot be downloaded or does not match the lock file, or the disk is
            full.
    """
    wanted = locked_jars() if jars is None else jars
    needs = f"Neo4j's jars need {sum(jar.size for jar in wanted) / 1e6:.0f} MB"
    with room_in(folder, needs, "PIPELINE_CACHE or --home"):
        _complete(folder, wanted, fetch or fetch_jar)
    return [folder / jar.path for jar in wanted]


def _complete(folder: Path, wanted: Sequence[LockedJar], fetch: Fetch) -> None:
    """Download the jars that are missing or damaged."""
    if unusable_jars(folder, wanted):
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock"):
            for leftover in folder.glob(".download-*"):  # of a killed download
                shutil.rmtree(leftover, ignore_errors=True)
            lacking = unusable_jars(folder, wanted)  # another command may have got them
            for jar in lacking:
                if (folder / jar.path).exists():
                    say(f"{folder / jar.path} is damaged; downloading it again")
                    (folder / jar.path).unlink()
            if lacking:
                _fetch_all(folder, lacking, fetch)


def unusable_jars(folder: Path, jars: Sequence[LockedJar]) -> list[LockedJar]:
    """Return the jars that ``folder`` lacks, or holds with another size or SHA-256."""
    with ThreadPoolExecutor(2) as pool:
        usable = pool.map(lambda jar: _matches(folder / jar.path, jar), jars)
        return [jar for jar, good in zip(jars, usable, strict=True) if not good]


def _matches(file: Path, jar: LockedJar) -> bool:
    if not file.is_file() or file.stat().st_size != jar.size:
        return False
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == jar.sha256


def _fetch_all(folder: Path, jars: Sequence[LockedJar], fetch: Fetch) -> None:
    megabytes = sum(jar.size for jar in jars) / 1e6
    label = f"Downloading Neo4j {neo4j_version()}: {len(jars)} jars, {megabytes:.0f} MB"
    say(f"{label}, into {folder}")
    with (
        tempfile.TemporaryDirectory(prefix=".download-", dir=folder) as scratch,
        progress_bar(label, total=len(jars)) as advance,
        ThreadPoolExecutor(_PARALLEL) as pool,
    ):

        def one(jar: LockedJar) -> None:
            _fetch_one(folder, jar, Path(scratch), fetch)
            advance(1)

        try:
            for done in [pool.submit(one, jar) for jar in jars]:
                done.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _fetch_one(folder: Path, jar: LockedJar, scratch: Path, fetch: Fetch) -> None:
    try:
        file = fetch(jar, scratch)
    except ServerError as error:
        raise ServerError(
            f"{folder / jar.path} is missing and cannot be downloaded ({error}); "
            "the first start needs a connection to a Maven registry, later ones do not"
        ) from error
    if not _matches(file, jar):
        raise ServerError(
            f"the download of {jar.coordinates} does not match {LOCK_FILE} "
            f"({file.stat().st_size} bytes, {jar.size} expected, or another SHA-256)"
        )
    target = folder / jar.path
    target.parent.mkdir(parents=True, exist_ok=True)
    file.replace(target)


def fetch_jar(jar: LockedJar, scratch: Path) -> Path:
    """Download one jar from the Maven registry into its own folder below ``scratch``.

    Raises:
        ServerError: all ATTEMPTS attempts failed.
        OSError: the disk is full.
    """
    from jgo.maven import MavenContext

    group, artifact, *classifier, version = jar.coordinates.split(":")
    problem = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(attempt)
        place = Path(tempfile.mkdtemp(dir=scratch))
        context = MavenContext(repo_cache=place, timeout=_REQUEST_TIMEOUT)
        component = context.project(group, artifact).at_version(version)
        try:
            return Path(component.artifact(*classifier).resolve())
        except (OSError, RuntimeError) as error:  # requests' errors are OSErrors
            if isinstance(error, OSError) and is_full(error):
                raise
            problem = type(error).__name__ if isinstance(error, OSError) else str(error)
    raise ServerError(f"{jar.coordinates}: {problem}")
