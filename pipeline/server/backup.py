"""Back up the managed server's database, with the checkpoints of its home."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import ConfigError, NotFoundError
from pipeline.home import Home
from pipeline.server import admin, swap
from pipeline.server.archive import write_archive
from pipeline.server.jars import neo4j_version
from pipeline.server.manifest import allowed, runs_in
from pipeline.server.offline import Backup, stopped, work_folder
from pipeline.server.state import Places


def back_up(home: Home, file: Path, *, checkpoints: bool = False) -> Backup:
    """Write the home's database into ``file``. A running server is stopped meanwhile.

    Raises:
        ConfigError: ``file`` exists, or its folder does not.
        NotFoundError: the home has no database.
        ServerError: Neo4j's tool fails, or another command starts the server meanwhile.
    """
    places = Places(home)
    if file.exists():
        raise ConfigError(f"{file} exists; choose another name, or delete it first")
    if not file.parent.is_dir():
        raise ConfigError(f"there is no folder {file.parent}; create it, or choose another one")
    if not (admin.is_there(places) or swap.is_pending(places)):
        raise NotFoundError(f"there is no database in {places.store}; run: pipeline load-kg")
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with work_folder(home) as work:
            with stopped(home, "to dump its database") as restarted:
                content = {admin.DUMP: admin.dump(home, places.neo4j, work)}
            if checkpoints:
                content |= _checkpoint_files(home)
            created = datetime.now(UTC).isoformat(timespec="seconds")
            manifest = write_archive(part, neo4j_version(), created, content)
            part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return Backup.of(file, manifest, runs_in(manifest), [], restarted=restarted)


def _checkpoint_files(home: Home) -> dict[str, Path]:
    files = sorted(home.checkpoints.glob("*/*"))
    named = {f"checkpoints/{file.parent.name}/{file.name}": file for file in files}
    return {name: each for name, each in named.items() if allowed(name) and each.is_file()}
