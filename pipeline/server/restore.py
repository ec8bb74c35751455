"""Restore a backup into the managed server and its home."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipeline.errors import ConfigError, ServerError
from pipeline.graph import Connection, Graph
from pipeline.home import Home
from pipeline.progress import say
from pipeline.queries import load_query
from pipeline.server import admin, managed, swap
from pipeline.server.archive import unpack
from pipeline.server.credentials import USER, read_password
from pipeline.server.jars import neo4j_version
from pipeline.server.manifest import Manifest
from pipeline.server.offline import Backup, stopped, work_folder
from pipeline.server.state import Places

_KEPT = ("databases/system", "transactions/system", "dbms")  # Neo4j's users, not in a dump


def restore(home: Home, file: Path, *, replace: bool = False) -> Backup:
    """Make the database of a backup that of the home; add checkpoints that the home lacks.

    All is unpacked, checked and loaded beside the home's database, which then changes in one step.

    Raises:
        ConfigError: there is no such file.
        ServerError: the backup is damaged or of a newer Neo4j, the graph is not empty and
            ``replace`` is not set, or the data of the server lie elsewhere.
    """
    places = Places(home)
    if not file.is_file():
        raise ConfigError(f"there is no backup {file}; name a file that pipeline backup wrote")
    if places.state.exists() and places.store.parent.exists() and not places.system.exists():
        raise ServerError(
            f"the databases of this home do not lie in {places.store} (see extra.conf); use "
            "neo4j-admin database load"
        )
    with work_folder(home) as work:
        content = work / "content"
        content.mkdir()
        manifest = unpack(file, content)
        _check_version(file, manifest)
        if not replace:
            _check_empty(home, places)
        say("Loading the dump beside the database")
        admin.load(home, work / "neo4j", content)
        added, kept = _add_checkpoints(home, content / "checkpoints")
        with stopped(home, "to put the restored database in its place") as restarted:
            _keep_users(places, work / "neo4j" / "data")
            swap.offer(places, work / "neo4j" / "data")
    return Backup.of(file, manifest, added, kept, restarted=restarted)


def _check_version(file: Path, manifest: Manifest) -> None:
    theirs, ours = (tuple(map(int, v.split("."))) for v in (manifest.neo4j, neo4j_version()))
    if theirs > ours:
        raise ServerError(
            f"{file} is of Neo4j {manifest.neo4j}, newer than {neo4j_version()} of this program; "
            "restore it with the version of the program that wrote it"
        )


def _check_empty(home: Home, places: Places) -> None:
    """Refuse a graph with nodes. The server is started to look, if there is a database."""
    if not (admin.is_there(places) or swap.is_pending(places)):
        return
    say("Looking whether the graph is empty")
    status = managed.start(home)
    connection = Connection(status.uri, USER, read_password(places.password), admin.DATABASE)
    with Graph.open(connection) as graph:
        [row] = graph.read(load_query("read/any_node"))
    if row["found"]:
        raise ServerError(
            f"the graph in {places.store} is not empty; nothing was changed; use --replace to "
            "DELETE it and restore the backup, and pipeline backup before that to keep it"
        )


def _keep_users(places: Places, data: Path) -> None:
    """Copy Neo4j's users and passwords of this home to the restored databases."""
    for name in _KEPT:
        if (places.store / name).exists():
            shutil.copytree(places.store / name, data / name, dirs_exist_ok=True)


def _add_checkpoints(home: Home, folder: Path) -> tuple[list[str], list[str]]:
    """Move the runs in ``folder`` to the home, each in one step, and return those and the others.

    A run's name is that of its settings and data, so one that is there already is the same.
    """
    added, kept = [], []
    for run in sorted(folder.glob("*")):
        target = home.checkpoints / run.name
        if target.exists():
            kept.append(run.name)
            continue
        home.checkpoints.mkdir(parents=True, exist_ok=True)
        run.rename(target)
        added.append(run.name)
    return added, kept
