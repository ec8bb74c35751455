"""The folder for all local files: managed server, downloads, checkpoints, quarantine files."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from pipeline.errors import ConfigError, ServerError
from pipeline.private import close_to_others, is_open, private_files, usual_files

HOME_VARIABLE = "PIPELINE_HOME"
CACHE_VARIABLE = "PIPELINE_CACHE"
_PARTS = {"server", "cache", "checkpoints", "quarantine"}  # of a home
# What the pipeline makes in them, by which a folder is known as its own.
_MARKS = {"server": "lock", "checkpoints": "*/history.json", "quarantine": "*.csv"}


@dataclass(frozen=True)
class Home:
    """The folder for all local files. Nothing is created before it is needed.

    Each home has its own server, so two projects on one machine do not collide. Homes can share
    downloads, which are verified by checksum: set ``PIPELINE_CACHE``. The rest is what people
    rated, and only the user can read it.
    """

    root: Path

    @classmethod
    def locate(cls, folder: str | Path | None = None) -> Home:
        """Return the home at ``folder``, else at PIPELINE_HOME, else in the user's data folder.

        Raises:
            ConfigError: the path exists but is not a folder, or begins with an unknown ~user.
        """
        chosen = folder or os.environ.get(HOME_VARIABLE)
        root = Path(chosen) if chosen else platformdirs.user_data_path("rkan", appauthor=False)
        root = expand_folder(root).absolute()
        if root.exists() and not root.is_dir():
            raise ConfigError(f"the home {root} is not a folder; choose one with --home")
        return cls(root)

    @property
    def server(self) -> Path:
        """The managed Neo4j: data, configuration, log, password file and remembered ports."""
        return self.root / "server"

    @property
    def cache(self) -> Path:
        """Downloads: server jars and data sets. PIPELINE_CACHE overrides the location."""
        chosen = os.environ.get(CACHE_VARIABLE)
        return expand_folder(chosen).absolute() if chosen else self.root / "cache"

    @property
    def checkpoints(self) -> Path:
        """Checkpoints, one folder per training run."""
        return self.root / "checkpoints"

    @property
    def quarantine(self) -> Path:
        """Rows that a load refused, with file, line and reason."""
        return self.root / "quarantine"

    @contextmanager
    def private(self) -> Iterator[None]:
        """Within, all that is made is private. First, take from others what earlier versions gave.

        A root that holds more than a home, such as the user's own folder, keeps its rights, and
        the folders that the pipeline made in it become private.
        """
        for folder in self._own_folders():
            if is_open(folder):
                with suppress(OSError):  # a file system that keeps no rights, or is read-only
                    close_to_others(folder)
        with private_files():
            yield

    @contextmanager
    def filling_cache(self) -> Iterator[None]:
        """Within, what is made may be read by others where homes share the cache."""
        shared = not self.cache.is_relative_to(self.root)
        with usual_files() if shared else nullcontext():
            yield

    def _own_folders(self) -> Iterator[Path]:
        """Yield the folders that the pipeline made, and this user owns."""
        for name, mark in _MARKS.items():
            folder = self.root / name
            if _is_own(folder) and any(folder.glob(mark)):
                yield folder
        if _is_own(self.root) and self.root != Path.home():
            names = {entry.name for entry in self.root.iterdir()}
            if names and names <= _PARTS:
                yield self.root


def _is_own(folder: Path) -> bool:
    """Return True for a folder of this user's that is not for everyone's use, as /tmp is."""
    if os.name == "nt" or folder.is_symlink() or not folder.is_dir():
        return False
    found = folder.stat()
    return found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX


def expand_folder(folder: str | Path) -> Path:
    """Return ``folder`` with a leading ~ or ~user replaced by that user's home folder.

    Raises:
        ConfigError: this machine has no such user, or the user has no home folder.
    """
    try:
        return Path(folder).expanduser()
    except RuntimeError:
        raise ConfigError(
            f"the folder {folder} cannot be found: this machine knows no home folder "
            f"{Path(folder).parts[0]}; write the folder's full path"
        ) from None


def is_full(error: OSError) -> bool:
    """Return True if the error says that a disk is full or a quota is used up."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def system_message(error: OSError) -> str:
    """Return what the system refused, and the file."""
    where = f": {error.filename}" if error.filename else ""
    if is_full(error):
        return f"no space left on the disk{where}; free some space there, or use another disk"
    return f"{error.strerror or error}{where}"


def full_disk(folder: Path, needs: str, variables: str = "--home") -> str:
    """Return the message for a full disk: the folder, what it needs, and the ways out."""
    return (
        f"{folder}: no space left on the disk; {needs}; free some space there, or choose a folder "
        f"on another disk with {variables}"
    )


@contextmanager
def room_in(folder: Path, needs: str, variables: str = "--home") -> Iterator[None]:
    """Turn a full disk into an error that names ``folder``, what it ``needs`` and the fix.

    Raises:
        ServerError: the disk is full, or the user's quota is used up.
    """
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
        raise ServerError(full_disk(folder, needs, variables)) from error
