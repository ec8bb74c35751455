"""A real Neo4j for the tests: one server a session, on free ports, in a temporary home."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.graph import Connection, Graph
from pipeline.home import CACHE_VARIABLE, Home
from pipeline.queries import Query
from pipeline.server import managed
from pipeline.server.credentials import read_password
from pipeline.server.ports import free_port
from pipeline.server.types import ServerStatus

# What the environment of the tester must not decide. PIPELINE_CACHE may: it holds verified
# downloads only, and saves fetching the server once per run.
_FOREIGN = ("NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD", "NEO4J_DATABASE", "PIPELINE_HOME")
_FOREIGN += ("PIPELINE_HEAP",)
os.environ.setdefault(CACHE_VARIABLE, str(Home.locate().cache))

_DELETE_ALL = "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 20000 ROWS"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches a database or a home that the tester's environment names."""
    for name in _FOREIGN:
        monkeypatch.delenv(name, raising=False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever uses the server is an integration test."""
    for item in items:
        if {"server", "graph"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("neo4j")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """An empty home of this test session."""
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def server(home: Home) -> Iterator[ServerStatus]:
    """The managed Neo4j of this test session."""
    yield managed.start(home, bolt_port=free_port(), http_port=free_port(), heap="1g")
    managed.stop(home, timeout=10)


@pytest.fixture(scope="session")
def _connection(server: ServerStatus, home: Home) -> Connection:
    assert server.password_file == home.server / "password"
    return Connection(server.uri, server.user, read_password(server.password_file), "neo4j")


@pytest.fixture
def graph(_connection: Connection, server: ServerStatus, home: Home) -> Iterator[Graph]:
    """The session's server, emptied before the test."""
    with Graph.open(_connection) as graph:
        empty(graph, home)
        yield graph


def empty(graph: Graph, home: Home) -> None:
    """Remove all nodes, relationships, constraints and indexes from the tests' own server."""
    own = managed.status(home)
    temporary = Path(home.root).name.startswith("home")
    if own is None or not own.pid or not temporary or graph.connection.uri != own.uri:
        raise RuntimeError(f"{graph.connection.uri} is not the server that the tests started")
    for row in graph.read(_query("SHOW CONSTRAINTS YIELD name")):
        graph.write(_query(f"DROP CONSTRAINT `{row['name']}`"))
    for row in graph.read(_query("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'")):
        graph.write(_query(f"DROP INDEX `{row['name']}`"))
    graph.write_implicit(_query(_DELETE_ALL))


def _query(text: str) -> Query:
    return Query("tests", text, "", frozenset())
