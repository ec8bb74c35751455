"""Open the database that commands use: the one at NEO4J_URI, else the home's own server."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.errors import ConfigError, DatabaseError, PipelineError
from pipeline.graph import TIMEOUT_VARIABLE, Connection, Graph
from pipeline.home import Home
from pipeline.progress import say
from pipeline.server import engines
from pipeline.server.chosen import Engine
from pipeline.server.credentials import USER, read_password
from pipeline.server.types import ServerStatus

URI_VARIABLE = "NEO4J_URI"
DATABASE_VARIABLE = "NEO4J_DATABASE"
PASSWORD_VARIABLE, PASSWORD_FILE_VARIABLE = "NEO4J_PASSWORD", "NEO4J_PASSWORD_FILE"
# Where the reader's machine reaches Neo4j Browser and, from there, Bolt; for links only.
BROWSER_VARIABLE, BROWSER_BOLT_VARIABLE = "PIPELINE_BROWSER", "PIPELINE_BROWSER_BOLT"
_LONGEST = 1_000_000_000  # seconds of a transaction
_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")


def open_graph(home: Home, *, read_only: bool = False) -> Graph:
    """Open the database. Start the home's server if NEO4J_URI is unset and none is running.

    Args:
        home: the home whose server is used if NEO4J_URI is unset.
        read_only: True for a graph that refuses to write.

    Raises:
        ConfigError: NEO4J_URI, NEO4J_USERNAME or NEO4J_PASSWORD is missing or malformed.
        ServerError: the home's server cannot be started.
        DatabaseError: the database does not answer, rejects the password, or is too old.
    """
    graph = Graph.open(connection_from_environment() or _own_connection(home))
    graph.read_only = read_only
    return graph


def _own_connection(home: Home) -> Connection:
    status = engines.server_status(home)
    if status is None or not status.running:
        say("Starting a local Neo4j ...")
        status = engines.start_server(home)
        say(f"Neo4j {status.version} is running at {status.uri}, Browser at {status.browser}")
    if status.password_file is None:
        raise DatabaseError(f"the password for {status.uri} is unknown")
    password = read_password(status.password_file)
    return Connection(
        status.uri,
        status.user,
        password,
        "neo4j",
        lambda: _lost(home),
        transaction_timeout=transaction_timeout(),
    )


def _lost(home: Home) -> str:
    """Say what became of the home's own server, which no longer answers, and what to do."""
    try:
        status = engines.server_status(home)
    except PipelineError as error:
        return str(error)
    server = "the local Neo4j that the pipeline started"
    if status is None:
        return f"{server} was removed; run: pipeline up, and then the same command again"
    log = f"docker logs {status.container}" if status.container else status.log
    if status.running:
        return f"{server} was interrupted but answers again; its log: {log}; run the command again"
    if status.pid is not None:
        return (
            f"{server} (process {status.pid}) no longer answers; its log: {log}; "
            "run: pipeline down, and then the same command again"
        )
    return f"{server} has ended; its log: {log}; run: pipeline up, and then the same command again"


def database_status(home: Home) -> ServerStatus | None:
    """Return the server that commands would use and its state; None if none ever ran.

    Raises:
        ConfigError: NEO4J_URI, NEO4J_USERNAME or NEO4J_PASSWORD is missing or malformed.
    """
    connection = connection_from_environment()
    if connection is None:
        return engines.server_status(home)
    try:
        with Graph.open(connection) as graph:
            return server_status(home, graph)
    except DatabaseError as error:
        status = ServerStatus("external", False, connection.uri, connection.user)
        return replace(status, problem=str(error))


def server_status(home: Home, graph: Graph) -> ServerStatus:
    """Return the server behind an open graph."""
    own = None if os.environ.get(URI_VARIABLE) else engines.server_status(home)
    if own is not None and own.uri == graph.connection.uri:
        return own
    connection = graph.connection
    return ServerStatus(
        "external",
        True,
        connection.uri,
        connection.user,
        browser=os.environ.get(BROWSER_VARIABLE),
        browser_bolt=os.environ.get(BROWSER_BOLT_VARIABLE),
        version=graph.version,
    )


def start_own_server(
    home: Home,
    *,
    engine: Engine | None = None,
    bolt_port: int | None = None,
    http_port: int | None = None,
    heap: str | None = None,
) -> ServerStatus:
    """Start the home's own server; see engines.start_server.

    Raises:
        ConfigError: NEO4J_URI is set, so no command would use this server.
    """
    uri = os.environ.get(URI_VARIABLE)
    if uri is not None:
        raise ConfigError(
            f"{URI_VARIABLE} is set ({uri}), so commands use that server; "
            f"unset {URI_VARIABLE} to use a local one"
        )
    return engines.start_server(
        home, engine=engine, bolt_port=bolt_port, http_port=http_port, heap=heap
    )


def connection_from_environment() -> Connection | None:
    """Return the connection that the environment names, or None if NEO4J_URI is not set.

    The other variables are NEO4J_USERNAME, NEO4J_DATABASE, NEO4J_TRANSACTION_TIMEOUT, and
    NEO4J_PASSWORD or NEO4J_PASSWORD_FILE, a file with the password.

    Raises:
        ConfigError: the URI is malformed, the password is missing, the database is "system", or the
            timeout is not a number of seconds.
    """
    uri = os.environ.get(URI_VARIABLE)
    if uri is None:
        return None
    _check_uri(uri)
    password = _password(uri)
    user = os.environ.get("NEO4J_USERNAME", USER)
    if not user:
        raise ConfigError("NEO4J_USERNAME is empty; set a name, or unset it to use neo4j")
    database = os.environ.get(DATABASE_VARIABLE) or None
    if database is not None and database.lower() == "system":
        raise ConfigError(
            f"{DATABASE_VARIABLE}={database} cannot hold data, because Neo4j keeps its users in "
            "it; name another database, or unset it to use the server's default"
        )
    return Connection(uri, user, password, database, transaction_timeout=transaction_timeout())


def transaction_timeout() -> float | None:
    """Return the limit of each transaction in NEO4J_TRANSACTION_TIMEOUT, in seconds; 0 means none.

    None, if the variable is not set or empty, leaves it to the server, which may have its own.

    Raises:
        ConfigError: it is not a number of seconds.
    """
    text = os.environ.get(TIMEOUT_VARIABLE)
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _LONGEST:  # NaN is not either
        raise ConfigError(
            f"{TIMEOUT_VARIABLE}={text!r} is not a number of seconds from 0 to {_LONGEST:,}; set "
            "it to, for example, 60, or to 0 for no limit, or unset it for the server's own"
        )
    return seconds


def _password(uri: str) -> str:
    password, file = os.environ.get(PASSWORD_VARIABLE), os.environ.get(PASSWORD_FILE_VARIABLE)
    if password and file:
        raise ConfigError(
            f"{PASSWORD_VARIABLE} and {PASSWORD_FILE_VARIABLE}={file} are both set; unset one"
        )
    if file:
        return _password_from_file(file)
    if not password:
        raise ConfigError(
            f"{URI_VARIABLE} is set to {uri} but {PASSWORD_VARIABLE} is not; set it or "
            f"{PASSWORD_FILE_VARIABLE}, or unset {URI_VARIABLE} to use a local Neo4j"
        )
    return password


def _password_from_file(file: str) -> str:
    way_out = f"write the password into it, or set {PASSWORD_VARIABLE} instead"
    try:
        password = Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise ConfigError(
            f"{PASSWORD_FILE_VARIABLE}={file} cannot be read ({error.strerror}); name a file that "
            f"you can read, or set {PASSWORD_VARIABLE} instead"
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{PASSWORD_FILE_VARIABLE}={file} is not UTF-8; {way_out}") from None
    if not password:
        raise ConfigError(f"{PASSWORD_FILE_VARIABLE}={file} is empty; {way_out}")
    return password


def _check_uri(uri: str) -> None:
    way_out = "set it to, for example, bolt://127.0.0.1:7687, or unset it"
    if not uri.strip():
        raise ConfigError(f"{URI_VARIABLE} is empty; {way_out}")
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigError(
            f"{URI_VARIABLE}={uri!r} is not an address ({error}); {way_out}"
        ) from None
    if parts.scheme not in _SCHEMES:
        raise ConfigError(
            f"{URI_VARIABLE}={uri!r} does not begin with one of {', '.join(_SCHEMES)}; {way_out}"
        )
    if not host:
        raise ConfigError(f"{URI_VARIABLE}={uri!r} has no host; {way_out}")
    if parts.username or parts.password:
        raise ConfigError(
            f"{URI_VARIABLE} must not contain a user or password; "
            "use NEO4J_USERNAME and NEO4J_PASSWORD"
        )
    if parts.path.strip("/"):
        raise ConfigError(
            f"{URI_VARIABLE}={uri!r} has a path ({parts.path}), which the driver does not use; "
            f"remove it, and name the database in {DATABASE_VARIABLE}"
        )
