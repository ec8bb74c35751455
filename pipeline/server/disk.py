"""Check the disk space that Neo4j needs for its databases."""

from __future__ import annotations

import shutil

from pipeline.errors import ServerError
from pipeline.home import full_disk
from pipeline.server.settings import EXTRA_SETTINGS
from pipeline.server.state import Places

NEW_STORE = 560  # MB: Neo4j reserves a transaction log of 256 MiB for each of two databases
NEXT_LOG = 270  # MB: the next transaction log
NEEDS = f"a new database needs {NEW_STORE} MB"


def check_space(places: Places) -> None:
    """Refuse a disk too small for a new database, unless the user's settings change its logs.

    Raises:
        ServerError: too little space; the message names the folder and the fix.
    """
    extra = places.neo4j / "conf" / EXTRA_SETTINGS
    own_logs = extra.exists() and "db.tx_log." in extra.read_text(encoding="utf-8")
    new = not (places.store / "transactions" / "neo4j").exists()
    if new and not own_logs and free_megabytes(places) < NEW_STORE:
        raise no_space(places)


def free_megabytes(places: Places) -> float:
    """Return the free space on the disk of the databases, in MB."""
    return shutil.disk_usage(places.home.server).free / 1e6


def no_space(places: Places) -> ServerError:
    """Return the error for a full disk."""
    free = f"{free_megabytes(places):.0f} MB are free"
    return ServerError(full_disk(places.home.server, f"{NEEDS}, {free}"))
