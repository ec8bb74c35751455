"""Where everything local lives: the managed server, downloads, checkpoints, quarantine files."""

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
    """The folder that holds everything local; nothing is created before it is needed.

    Two homes never share a server, so two projects on one machine do not collide. Downloads are
    verified by checksum, so they may be shared between homes by setting ``PIPELINE_CACHE``.
    """

    root: Path

    @classmethod
    def locate(cls, folder: str | Path | None = None) -> Home:
        """The home asked for: ``folder``, else PIPELINE_HOME, else the user's data folder.

        Raises:
            ConfigError: something that is no folder is in its place.
        """
        chosen = folder or os.environ.get(HOME_VARIABLE)
        root = Path(chosen) if chosen else platformdirs.user_data_path("rkan", appauthor=False)
        root = root.expanduser().absolute()
        if root.exists() and not root.is_dir():
            raise ConfigError(f"the home {root} is not a folder; name one by --home")
        return cls(root)

    @property
    def server(self) -> Path:
        """The managed Neo4j: its data, configuration, log, password file and remembered ports."""
        return self.root / "server"

    @property
    def cache(self) -> Path:
        """Downloads: server jars and data sets. PIPELINE_CACHE moves it elsewhere."""
        chosen = os.environ.get(CACHE_VARIABLE)
        return Path(chosen).expanduser().absolute() if chosen else self.root / "cache"

    @property
    def checkpoints(self) -> Path:
        """One folder per training run."""
        return self.root / "checkpoints"

    @property
    def quarantine(self) -> Path:
        """Rows that a load refused, each with its file, line and reason."""
        return self.root / "quarantine"
