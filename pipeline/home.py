"""The folder for all local files: managed server, downloads, checkpoints, quarantine files."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from pipeline.errors import ConfigError, ServerError

HOME_VARIABLE = "PIPELINE_HOME"
CACHE_VARIABLE = "PIPELINE_CACHE"


@dataclass(frozen=True)
class Home:
    """The folder for all local files. Nothing is created before it is needed.

    Each home has its own server, so two projects on one machine do not collide. Homes can share
    downloads, which are verified by checksum: set ``PIPELINE_CACHE``.
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
