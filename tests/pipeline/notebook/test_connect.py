"""py2neo reaches the database that the commands use, and says what is wrong where it cannot."""

import subprocess
import sys

import pytest
from py2neo.client.bolt import Bolt

from pipeline.errors import CredentialsError, DatabaseError
from pipeline.notebook.connect import open_graph
from tests.support.film_graph import query

COUNT = "MATCH (movie:Movie) RETURN count(movie) AS movies"


def test_the_homes_own_server_is_opened(films, graph, opened):
    assert opened.service.kernel_version.major == 5
    assert opened.query(COUNT).evaluate() == 10 == graph.read(query(COUNT))[0]["movies"]


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
@pytest.mark.parametrize("database", ["neo4j", None])
def test_the_environment_names_the_database(graph, films, monkeypatch, scheme, database):
    connection = graph.connection
    monkeypatch.setenv("NEO4J_URI", connection.uri.replace("bolt", scheme))
    monkeypatch.setenv("NEO4J_PASSWORD", connection.password)
    if database:
        monkeypatch.setenv("NEO4J_DATABASE", database)
    opened = open_graph()
    assert opened.query(COUNT).evaluate() == 10
    for shown in (opened, opened.service, opened.service.profile):
        assert connection.password not in repr(shown)


def test_a_wrong_password_is_called_so(graph, monkeypatch):
    monkeypatch.setenv("NEO4J_URI", graph.connection.uri)
    monkeypatch.setenv("NEO4J_PASSWORD", "a wrong one")
    with pytest.raises(CredentialsError, match="refuses user 'neo4j' with this password"):
        open_graph()


def test_a_server_without_py2neos_protocol_is_refused_with_the_fix(graph, home, monkeypatch):
    monkeypatch.setattr(Bolt, "_handshake", lambda wire: (9, 9))
    with pytest.raises(DatabaseError, match=r"\(Neo4j 5\..*needs Bolt 4\.3 .*official driver as"):
        open_graph(home.root)


def test_without_py2neo_the_error_names_the_extra():
    code = "import sys; sys.modules['py2neo'] = None; import pipeline.notebook"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert "ConfigError: pipeline.notebook needs a package that is not installed" in done.stderr
    assert "pip install 'rkan[py2neo]'" in done.stderr
