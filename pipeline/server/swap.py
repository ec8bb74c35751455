"""Put restored databases in the place of a server's own, whatever interrupts it.

A restore makes ``data.restored`` beside the folder of the databases, complete and in one step. From
then on, the restored databases count: where it is there, each start and each restore first puts it
in its place. Before that step, nothing has changed.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pipeline.server.state import Places


def offer(places: Places, data: Path) -> None:
    """Make ``data``, on the same disk, the databases of the server, which must not run."""
    finish(places)
    places.neo4j.mkdir(parents=True, exist_ok=True)
    if hasattr(os, "sync"):
        os.sync()  # so that a loss of power finds the files whole
    data.rename(_restored(places))
    finish(places)


def is_pending(places: Places) -> bool:
    """Return True if a restore was interrupted before its databases were in their place."""
    return _restored(places).exists()


def finish(places: Places) -> None:
    """Put restored databases in their place, if there are some, and delete those they replace."""
    restored, replaced = _restored(places), places.store.with_name("data.replaced")
    if restored.exists():
        if places.store.exists():
            _remove(replaced)
            places.store.rename(replaced)
        restored.rename(places.store)
    if places.store.exists():
        _remove(replaced)


def _restored(places: Places) -> Path:
    return places.store.with_name("data.restored")


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
