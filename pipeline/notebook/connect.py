"""Connect py2neo to the database that the commands use."""

from __future__ import annotations

from pathlib import Path

import py2neo
from py2neo.errors import ConnectionUnavailable

from pipeline import connect
from pipeline.errors import DatabaseError
from pipeline.home import Home


def open_graph(home: str | Path | None = None) -> py2neo.Graph:
    """Return py2neo's handle on the database at NEO4J_URI, else on that of the home's own server.

    ``home`` defaults to PIPELINE_HOME, else to the folder that commands use. Its server is started
    if it does not run. The official driver checks password and version first, because py2neo does
    not tell a wrong password from a broken connection.

    Raises:
        ConfigError: NEO4J_URI, NEO4J_USERNAME or NEO4J_PASSWORD is missing or malformed.
        ServerError: the home's server cannot be started.
        DatabaseError: the database does not answer, rejects the password, is too old, or no longer
            speaks the protocol of py2neo.
    """
    with connect.open_graph(Home.locate(home)) as graph:
        connection, version = graph.connection, graph.version
    try:
        return py2neo.Graph(
            connection.uri,
            user=connection.user,
            password=connection.password,
            name=connection.database,
        )
    except ConnectionUnavailable as error:
        raise DatabaseError(
            f"py2neo cannot talk to {connection.uri} (Neo4j {version}), though the official driver "
            "can: py2neo needs Bolt 4.3 or older; use Neo4j 5.26, or the official driver as in "
            "docs/notebooks.md"
        ) from error
