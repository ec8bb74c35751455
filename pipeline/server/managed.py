"""Run the managed local Neo4j: a real Community server as a background process.

Each home has its own. It listens on 127.0.0.1 only, with a random password, on ports that the home
remembers. The graph is stored in the home and stays there when the server stops.
"""

from __future__ import annotations

import subprocess
import time
from dataclasses import replace

import psutil
from filelock import FileLock

from pipeline.errors import CredentialsError, DatabaseError, ServerError
from pipeline.graph import Connection, Graph, change_password
from pipeline.home import Home, room_in
from pipeline.progress import say
from pipeline.server import java, swap
from pipeline.server.credentials import (
    FIRST_PASSWORD,
    USER,
    ensure_password,
    refused,
    write_first_user,
)
from pipeline.server.disk import NEEDS, NEXT_LOG, check_space, free_megabytes, no_space
from pipeline.server.jars import neo4j_version, provide_jars
from pipeline.server.ports import ADDRESS, Ports, choose_ports, is_free, is_listening
from pipeline.server.settings import (
    choose_memory,
    class_path_entry,
    java_arguments,
    write_java_options,
    write_settings,
)
from pipeline.server.state import Places, ServerState, read_state, write_state
from pipeline.server.types import ServerStatus

START_TIMEOUT = 180.0  # seconds until Bolt must answer; a busy machine needs a minute
_POLL = 0.1  # seconds


def start(
    home: Home,
    *,
    bolt_port: int | None = None,
    http_port: int | None = None,
    heap: str | None = None,
    timeout: float = START_TIMEOUT,
) -> ServerStatus:
    """Start the home's server, or reuse a running one, and wait until Bolt answers a query.

    Args:
        home: the home that owns the database.
        bolt_port: port of Bolt; by default the last one used, else 7687, else a free one.
        http_port: the same for Neo4j Browser and 7474.
        heap: largest Java heap, such as "2g"; by default chosen to fit the machine.
        timeout: seconds to wait for Bolt after the jars were downloaded.

    Raises:
        ConfigError: a port or the heap size is not valid, or Java cannot name the jars' folder.
        ServerError: jars cannot be downloaded, memory or disk space is short, a port is taken, Java
            exits (the message quotes the relevant log line), Neo4j refuses the password, or Bolt
            does not answer in time.
    """
    places = Places(home)
    with room_in(home.server, NEEDS), home.private():
        home.server.mkdir(parents=True, exist_ok=True)
        with FileLock(places.lock):
            return _start(places, bolt_port, http_port, heap, timeout)


def _start(
    places: Places,
    bolt_port: int | None,
    http_port: int | None,
    heap: str | None,
    timeout: float,
) -> ServerStatus:
    """Do what start() does, while the lock is held."""
    state = read_state(places)
    process = _process(places, state)
    if process is not None and state is not None:
        _check_ports(state, bolt_port, http_port)
        _await_bolt(places, state, process, timeout)
        return _status(places, state, process, running=True)
    if process is not None:
        java.end(process)  # ours, but interrupted before its ports were remembered
    swap.finish(places)  # of a restore that was interrupted
    memory = choose_memory(heap)
    jar_folder = places.home.cache / "jars"
    class_path_entry(jar_folder, places.neo4j)  # refused before anything is downloaded
    check_space(places)
    with places.home.filling_cache():
        jars = provide_jars(jar_folder)
    password = ensure_password(places.password)
    if not places.system.exists():
        write_first_user(places.first_user, password)
    while True:
        ports = choose_ports(state.ports if state else None, bolt_port, http_port)
        write_settings(places.neo4j, ports, memory)
        options = write_java_options(places.neo4j, jars, memory)
        arguments = java_arguments(places.neo4j, options)
        try:
            return _launch(places, state, ports, arguments, timeout)
        except ServerError:
            if is_free(ports.bolt) and is_free(ports.http):
                raise
            say("another program took a port in the meantime; choosing new ports")


def _launch(
    places: Places, before: ServerState | None, ports: Ports, arguments: list[str], timeout: float
) -> ServerStatus:
    """Start Java, remember the process and wait for Bolt.

    If the start fails, no process is left behind and the home's previous state is restored.
    """
    state = ServerState(ports.bolt, ports.http, neo4j_version())
    child: subprocess.Popen[bytes] | None = None
    try:
        child = java.launch(places.neo4j, arguments, places.log)
        process = psutil.Process(child.pid)
        state = replace(state, pid=process.pid, started=process.create_time())
        write_state(places, state)
        _await_bolt(places, state, process, timeout)
    except BaseException as error:
        if child is not None:
            child.kill()  # Neo4j recovers its files at the next start
            child.wait()
        if before is None:
            places.state.unlink(missing_ok=True)
        else:
            write_state(places, before.stopped())
        if isinstance(error, psutil.NoSuchProcess):
            raise _died(places) from error
        raise
    child.returncode = 0  # it outlives this program: suppress Popen's warning
    return _status(places, state, process, running=True)


def stop(home: Home, timeout: float = java.STOP_TIMEOUT) -> bool:
    """Stop the home's server, by force after ``timeout`` seconds. The graph stays.

    Returns:
        True if a server was running.
    """
    places = Places(home)
    if not home.server.exists():
        return False
    with FileLock(places.lock):
        state = read_state(places)
        process = _process(places, state)
        if process is not None:
            java.end(process, timeout)
        if state is not None and state.pid is not None:
            write_state(places, state.stopped())
        return process is not None


def status(home: Home) -> ServerStatus | None:
    """Return the status of the home's server; None if none was ever started."""
    places = Places(home)
    state = read_state(places)
    if state is None:
        return None
    process = _process(places, state)
    running = process is not None and _answers(places, state, process)
    return _status(places, state, process, running=running)


def _process(places: Places, state: ServerState | None) -> psutil.Process | None:
    pid, started = (state.pid, state.started) if state else (None, None)
    return java.find_process(places.neo4j, pid, started)


def _check_ports(state: ServerState, bolt_port: int | None, http_port: int | None) -> None:
    asked = Ports(bolt_port or state.bolt_port, http_port or state.http_port)
    if asked != state.ports:
        raise ServerError(
            f"the server is already running on ports {state.bolt_port} and {state.http_port}; "
            "to change them, run `pipeline down` first"
        )


def _await_bolt(
    places: Places, state: ServerState, process: psutil.Process, timeout: float
) -> None:
    """Wait until the server accepts the password and answers a query."""
    deadline = time.monotonic() + timeout
    while not _answers(places, state, process):
        if not java.is_alive(process):
            raise _died(places)
        if time.monotonic() > deadline:
            if free_megabytes(places) < NEXT_LOG:
                raise no_space(places)
            raise ServerError(
                f"Neo4j did not answer on port {state.bolt_port} within {timeout:.0f} s; "
                f"its log: {places.log}"
            )
        time.sleep(_POLL)


def _answers(places: Places, state: ServerState, process: psutil.Process) -> bool:
    """Return True if Bolt answers a query.

    A server whose data lie elsewhere (by extra.conf) starts with Neo4j's first password, since it
    did not find write_first_user()'s file, and is now given the home's.

    Nothing is sent until this very process listens on its ports: another home's server might be
    listening there, and it must not receive our password.
    """
    try:
        if not all(is_listening(process, port) for port in (state.bolt_port, state.http_port)):
            return False
    except psutil.Error:
        return False
    connection = _connection(places, state)
    try:
        _query(connection)
    except CredentialsError:
        try:
            change_password(replace(connection, password=FIRST_PASSWORD), connection.password)
            _query(connection)
        except CredentialsError as error:
            raise refused("Neo4j", places.password) from error
        except DatabaseError:
            return False
    except DatabaseError:
        return False  # not ready: the database opens a moment after the port
    return True


def _query(connection: Connection) -> None:
    Graph.open(connection, timeout=5.0).close()


def _connection(places: Places, state: ServerState) -> Connection:
    uri = f"bolt://{ADDRESS}:{state.bolt_port}"
    return Connection(uri, USER, ensure_password(places.password))


def _died(places: Places) -> ServerError:
    if java.lacked_space(places.log):
        return no_space(places)
    return ServerError(
        f"Neo4j exited while starting: {java.last_words(places.log)} (its log: {places.log})"
    )


def _status(
    places: Places, state: ServerState, process: psutil.Process | None, *, running: bool
) -> ServerStatus:
    return ServerStatus(
        kind="managed",
        running=running,
        uri=f"bolt://{ADDRESS}:{state.bolt_port}",
        user=USER,
        browser=f"http://{ADDRESS}:{state.http_port}/browser/",
        password_file=places.password,
        version=state.version,
        log=places.log,
        store=places.store,
        pid=process.pid if process else None,
    )
