"""A real Neo4j for the tests: one server a session, on free ports, in a temporary home."""

from __future__ import annotations

import os
import random
import re
import signal
from collections.abc import Iterator, Set
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path

import hypothesis
import pytest

from pipeline.errors import DownloadError
from pipeline.graph import Connection, Graph
from pipeline.home import CACHE_VARIABLE, Home
from pipeline.queries import Query, load_query
from pipeline.schema import MOVIELENS
from pipeline.server import managed
from pipeline.server.credentials import read_password
from pipeline.server.ports import is_free
from pipeline.server.types import ServerStatus
from pipeline.sources.wheel import BOKEH, RECBOLE, fetch_wheel

# What the environment of the tester must not decide. PIPELINE_CACHE may: it holds verified
# downloads only, and saves fetching the server once per run.
_FOREIGN = (
    "NEO4J_URI",
    "NEO4J_USERNAME",
    "NEO4J_PASSWORD",
    "NEO4J_PASSWORD_FILE",
    "PIPELINE_BROWSER",
    "PIPELINE_BROWSER_BOLT",
    "NEO4J_DATABASE",
    "NEO4J_TRANSACTION_TIMEOUT",
    "PIPELINE_HOME",
    "PIPELINE_HEAP",
)
os.environ.setdefault(CACHE_VARIABLE, str(Home.locate().cache))

# Short-lived servers, and more programs at once than processors: little is compiled, little waits.
_JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC"
os.environ.setdefault("JDK_JAVA_OPTIONS", _JAVA_OPTIONS)
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Busy machines are slow at times. Where CI is set, the examples are the same in every run.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "patient")

_INDEXES = "SHOW INDEXES YIELD name, type, owningConstraint WHERE type <> 'LOOKUP'"
_DELETE_ALL = (  # a transaction that deletes a node with all its relationships may be too large
    "MATCH ()-[r]->() CALL (r) { DELETE r } IN TRANSACTIONS OF 10000 ROWS",
    "MATCH (n) CALL (n) { DELETE n } IN TRANSACTIONS OF 10000 ROWS",
)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches a database or a home that the tester's environment names."""
    for name in _FOREIGN:
        monkeypatch.delenv(name, raising=False)


def pytest_configure() -> None:
    """Whoever ends the tests ends their servers too, also where a shell lets them run behind it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever uses the server is an integration test; files with slow tests come first.

    Otherwise one process would be left with the last of them while the other has nothing to do.
    """
    slow = set()
    for item in items:
        if {"server", "graph"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("neo4j")
        if item.get_closest_marker("slow") or "faults" in item.path.parts:
            slow.add(item.path)
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """An empty home of this test session."""
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def server(home: Home) -> Iterator[ServerStatus]:
    """The managed Neo4j of this test session."""
    bolt, http = _two_ports()
    try:
        yield managed.start(home, bolt_port=bolt, http_port=http, heap="1g")
    finally:
        managed.stop(home, timeout=10)


def _two_ports() -> list[int]:
    """Free ports that neither another of pytest-xdist's workers takes nor the system gives out."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    own = range(20_000 + worker, 32_000, 32)
    return list(islice(filter(is_free, random.sample(own, len(own))), 2))


@pytest.fixture(scope="session")
def _connection(server: ServerStatus, home: Home) -> Connection:
    assert server.password_file == home.server / "password"
    return Connection(server.uri, server.user, read_password(server.password_file), "neo4j")


@pytest.fixture
def graph(_connection: Connection, server: ServerStatus) -> Iterator[Graph]:
    """The session's server, emptied before the test; it has the constraints of a load."""
    with Graph.open(_connection) as graph:
        empty(graph, server)
        graph.schema = MOVIELENS  # a test before may have described the graph
        yield graph


@pytest.fixture
def bare_graph(graph: Graph) -> Graph:
    """The same without constraints and indexes, as a new database is."""
    _drop_schema(graph, keep=frozenset())
    return graph


def empty(graph: Graph, server: ServerStatus) -> None:
    """Leave no node in the tests' own server, and no other constraint or index than _schema()'s.

    These stay, for whenever one is dropped or made, Neo4j has to plan every query anew.
    """
    if not server.pid or graph.connection.uri != server.uri:
        raise RuntimeError(f"{graph.connection.uri} is not the server that the tests started")
    for text in _DELETE_ALL:
        graph.write_implicit(_query(text))
    schema = _schema()
    kept = _drop_schema(graph, keep=schema.keys())
    for name in schema.keys() - kept:
        if not schema[name].parameters:
            graph.write(schema[name])


def _drop_schema(graph: Graph, keep: Set[str]) -> set[str]:
    """Drop all constraints and indexes but these; the names of those that are left."""
    kept = set()
    for row in graph.read(_query(_INDEXES)):
        if row["name"] in keep:
            kept.add(row["name"])
        else:
            kind = "CONSTRAINT" if row["owningConstraint"] else "INDEX"
            graph.write(_query(f"DROP {kind} `{row['name']}`"))
    return kept


@cache
def _schema() -> dict[str, Query]:
    """Name -> query of the constraints and indexes that the pipeline makes."""
    names = (Path(file.name).stem for file in files("cypher").joinpath("schema").iterdir())
    queries = [load_query(f"schema/{name}") for name in names]
    found = (
        (re.search(r"CREATE (?:CONSTRAINT|(?:VECTOR |FULLTEXT )?INDEX) (\w+)", q.text), q)
        for q in queries
    )
    return {match[1]: query for match, query in found if match}


def _query(text: str) -> Query:
    return Query("tests", text, "", frozenset())


@pytest.fixture(scope="session")
def ml_100k() -> Home:
    """A home whose cache holds the wheels of MovieLens 100K, fetched once per machine."""
    home = Home.locate()
    try:
        for each in (RECBOLE, BOKEH):
            fetch_wheel(home, each)
    except DownloadError as error:
        pytest.skip(f"a wheel cannot be downloaded: {error}")
    return home
