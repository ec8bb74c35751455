"""The folder for all local files: managed server, downloads, checkpoints, quarantine files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from pipeline.errors import ConfigError

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
            ConfigError: the path exists but is not a folder.
        """
        chosen = folder or os.environ.get(HOME_VARIABLE)
        root = Path(chosen) if chosen else platformdirs.user_data_path("rkan", appauthor=False)
        root = root.expanduser().absolute()
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
        return Path(chosen).expanduser().absolute() if chosen else self.root / "cache"

    @property
    def checkpoints(self) -> Path:
        """Checkpoints, one folder per training run."""
        return self.root / "checkpoints"

    @property
    def quarantine(self) -> Path:
        """Rows that a load refused, with file, line and reason."""
        return self.root / "quarantine"
