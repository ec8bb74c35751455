import os
import re
import signal
from dataclasses import replace
from pathlib import Path

import neo4j
import pytest

from pipeline import connect
from pipeline.connect import connection_from_environment, database_status, open_graph, server_status
from pipeline.errors import ConfigError, CredentialsError, DatabaseError, ServerError
from pipeline.graph import Connection, Graph
from pipeline.home import Home
from pipeline.queries import load_query
from pipeline.server import engines, managed
from pipeline.server.ports import free_port
from pipeline.server.types import ServerStatus
from tests.support.narrowing import present


def test_without_a_uri_the_environment_names_no_database():
    assert connection_from_environment() is None


def test_the_environment_names_a_database(monkeypatch):
    monkeypatch.setenv("NEO4J_URI", "neo4j+s://db.example:7687")
    monkeypatch.setenv("NEO4J_PASSWORD", "secret")
    assert connection_from_environment() == Connection(
        "neo4j+s://db.example:7687", "neo4j", "secret", None
    )
    monkeypatch.setenv("NEO4J_USERNAME", "ada")
    monkeypatch.setenv("NEO4J_DATABASE", "films")
    connection = present(connection_from_environment())
    assert (connection.user, connection.database) == ("ada", "films")
    assert "secret" not in repr(connection)


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("", "is empty"),
        ("localhost:7687", "does not begin with"),
        ("http://localhost:7474", "does not begin with"),
        ("bolt://", "has no host"),
        ("bolt://localhost:port", "is not an address"),
        ("bolt://ada:secret@localhost", "must not contain a user"),
        ("neo4j://localhost:7687/movies", r"a path \(/movies\).*NEO4J_DATABASE"),
    ],
)
def test_a_malformed_uri_is_said_to_be_so(monkeypatch, tmp_path, uri, message):
    monkeypatch.setenv("NEO4J_URI", uri)
    monkeypatch.setenv("NEO4J_PASSWORD", "secret")
    with pytest.raises(ConfigError, match=message):
        open_graph(Home(tmp_path))


def test_a_slash_after_the_port_is_no_path(monkeypatch):
    monkeypatch.setenv("NEO4J_URI", "neo4j://localhost:7687/")
    monkeypatch.setenv("NEO4J_PASSWORD", "secret")
    assert present(connection_from_environment()).uri == "neo4j://localhost:7687/"


@pytest.mark.parametrize("name", ["system", "System"])
def test_the_system_database_is_refused(monkeypatch, tmp_path, name):
    monkeypatch.setenv("NEO4J_URI", "bolt://localhost")
    monkeypatch.setenv("NEO4J_PASSWORD", "secret")
    monkeypatch.setenv("NEO4J_DATABASE", name)
    with pytest.raises(ConfigError, match=f"NEO4J_DATABASE={name} cannot hold data.*another"):
        open_graph(Home(tmp_path))


@pytest.mark.parametrize("password", [None, ""])
def test_a_uri_without_a_password_says_so(monkeypatch, tmp_path, password):
    monkeypatch.setenv("NEO4J_URI", "bolt://localhost")
    if password is not None:
        monkeypatch.setenv("NEO4J_PASSWORD", password)
    with pytest.raises(ConfigError, match="NEO4J_PASSWORD is not"):
        open_graph(Home(tmp_path))


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_password_may_be_in_a_file(monkeypatch, tmp_path, end):
    (tmp_path / "password").write_bytes(f" käse {end}".encode())
    monkeypatch.setenv("NEO4J_URI", "bolt://localhost")
    monkeypatch.setenv("NEO4J_PASSWORD", "")
    monkeypatch.setenv("NEO4J_PASSWORD_FILE", str(tmp_path / "password"))
    assert present(connection_from_environment()).password == " käse "


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"cannot be read \(No such file.*name a file"),
        (b"", "is empty; write the password"),
        (b"\n", "is empty; write the password"),
        (b"secret\xff", "is not UTF-8; write the password"),
    ],
)
def test_a_password_file_without_a_password_is_named(monkeypatch, tmp_path, content, message):
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("NEO4J_URI", "bolt://localhost")
    monkeypatch.setenv("NEO4J_PASSWORD_FILE", str(file))
    named = f"NEO4J_PASSWORD_FILE={re.escape(str(file))} {message}"
    with pytest.raises(ConfigError, match=named) as caught:
        connection_from_environment()
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_password_and_a_password_file_are_one_too_many(monkeypatch, tmp_path):
    file = tmp_path / "password"
    file.write_text("another")
    monkeypatch.setenv("NEO4J_URI", "bolt://localhost")
    monkeypatch.setenv("NEO4J_PASSWORD", "secret")
    monkeypatch.setenv("NEO4J_PASSWORD_FILE", str(file))
    with pytest.raises(ConfigError, match=f"{re.escape(str(file))} are both set; unset") as caught:
        connection_from_environment()
    assert "secret" not in str(caught.value)
    assert "another" not in str(caught.value)


def test_an_unreachable_database_is_one_line_and_has_a_status(monkeypatch, tmp_path):
    monkeypatch.setenv("NEO4J_URI", f"bolt://127.0.0.1:{free_port()}")
    monkeypatch.setenv("NEO4J_PASSWORD", "secret")
    with pytest.raises(DatabaseError, match="no Neo4j answers") as caught:
        open_graph(Home(tmp_path))
    assert "\n" not in str(caught.value)
    status = present(database_status(Home(tmp_path)))
    assert (status.kind, status.running) == ("external", False)
    assert "no Neo4j answers" in present(status.problem)


def test_a_server_of_ones_own_is_refused_while_a_uri_is_set(monkeypatch, tmp_path):
    monkeypatch.setenv("NEO4J_URI", "bolt://localhost")
    with pytest.raises(ConfigError, match="unset NEO4J_URI"):
        connect.start_own_server(Home(tmp_path))


def test_an_external_server_is_used_with_its_password(monkeypatch, tmp_path, server):
    monkeypatch.setenv("NEO4J_URI", server.uri)
    monkeypatch.setenv("NEO4J_PASSWORD", server.password_file.read_text().strip())
    empty = Home(tmp_path / "unused")
    with open_graph(empty) as graph:
        assert graph.version == server.version
        assert server_status(empty, graph).kind == "external"
    assert present(database_status(empty)).version == server.version
    assert not empty.root.exists()


def test_a_wrong_password_is_told_apart(monkeypatch, tmp_path, server):
    monkeypatch.setenv("NEO4J_URI", server.uri)
    monkeypatch.setenv("NEO4J_PASSWORD", "not this one")
    with pytest.raises(CredentialsError, match="NEO4J_PASSWORD"):
        open_graph(Home(tmp_path))


def test_too_many_wrong_passwords_are_a_wrong_password(monkeypatch):
    code = "Neo.ClientError.Security.AuthenticationRateLimit"
    refusal = neo4j.exceptions.Neo4jError._hydrate_neo4j(code=code, message="Too many")

    def refuse(*_, **__):
        raise refusal

    monkeypatch.setattr(neo4j.GraphDatabase, "driver", refuse)
    words = "no login of user 'ada'.*NEO4J_PASSWORD"
    with pytest.raises(CredentialsError, match=words):
        Graph.open(Connection("bolt://localhost", "ada", "secret"))


def test_a_database_that_does_not_exist_is_named(monkeypatch, tmp_path, server):
    monkeypatch.setenv("NEO4J_URI", server.uri)
    monkeypatch.setenv("NEO4J_PASSWORD", server.password_file.read_text().strip())
    monkeypatch.setenv("NEO4J_DATABASE", "films")
    with pytest.raises(DatabaseError, match="no database 'films'"):
        open_graph(Home(tmp_path))


def test_the_running_server_of_the_home_is_used(home, server):
    with open_graph(home) as graph:
        assert server_status(home, graph) == server
    assert database_status(home) == server


STOPPED = ServerStatus("managed", False, "bolt://127.0.0.1:7687", "neo4j", log=Path("/h/neo4j.log"))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (STOPPED, "has ended; its log: /h/neo4j.log; run: pipeline up, and then the same command"),
        (
            replace(STOPPED, pid=7),
            r"\(process 7\) no longer answers; .*neo4j.log; run: pipeline down",
        ),
        (replace(STOPPED, running=True), "but answers again; its log: .*; run the command again"),
        (
            ServerStatus("docker", False, STOPPED.uri, "neo4j", container="rkan-1"),
            "has ended; its log: docker logs rkan-1; run: pipeline up",
        ),
        (None, "was removed; run: pipeline up"),
        (ServerError("no engine answers; start Docker"), "; no engine answers; start Docker"),
    ],
)
def test_the_end_of_the_own_server_is_not_blamed_on_a_variable_that_is_not_set(
    home, server, monkeypatch, status, words
):
    def now(_):
        if isinstance(status, Exception):
            raise status
        return status

    with open_graph(home) as graph:
        lost = graph.connection.lost
    monkeypatch.setattr(engines, "server_status", now)
    nowhere = Connection(f"bolt://127.0.0.1:{free_port()}", "neo4j", "secret", lost=lost)
    with pytest.raises(DatabaseError, match=words) as caught:
        Graph.open(nowhere)
    assert "NEO4J_URI" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.neo4j
def test_a_local_neo4j_that_dies_in_mid_work_is_named_with_its_log(tmp_path):
    home = Home(tmp_path / "home")
    status = managed.start(home, bolt_port=free_port(), http_port=free_port(), heap="512m")
    try:
        with open_graph(home) as graph:
            os.kill(present(status.pid), signal.SIGKILL)
            with pytest.raises(DatabaseError) as caught:
                graph.read(load_query("read/dataset"))
    finally:
        managed.stop(home, timeout=5)
    log = home.server / "neo4j.log"
    assert f"that the pipeline started has ended; its log: {log}; run: pipeline up" in str(
        caught.value
    )
    assert "NEO4J_URI" not in str(caught.value)
