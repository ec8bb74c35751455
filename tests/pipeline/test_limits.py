"""Limits of a transaction's time and memory: one clear line, and nothing half-written."""

import time

import pytest

from pipeline.connect import connection_from_environment, open_graph
from pipeline.errors import ConfigError, LimitError
from pipeline.graph import Graph
from pipeline.home import Home
from pipeline.recommendation import write_back
from pipeline.recommendation.recommend import recommend
from pipeline.server import managed
from pipeline.server.credentials import read_password
from pipeline.server.ports import free_port
from pipeline.server.settings import EXTRA_SETTINGS
from pipeline.server.state import Places
from tests.support.command_line import typed
from tests.support.film_graph import BUG, CASINO, HEAT, load_films, query, save_network
from tests.support.narrowing import present

RUN_ID = "rkan-films-1"
_LIKES = {1: {BUG: 3, CASINO: 1}, 2: {HEAT: 2}, 3: {}, 4: {BUG: 1}}
SLOW = "UNWIND range(1, 1000000000) AS x WITH x WHERE x < 0 RETURN count(x)"
SLOW_WRITE = "CREATE (:Written) WITH 1 AS one " + SLOW
LARGE = "UNWIND range(1, 20000000) AS x WITH collect(x) AS xs RETURN size(xs)"
WAYS = {
    "read": lambda graph: graph.read(query(SLOW)),
    "rows": lambda graph: graph.rows(query(SLOW)),
    "stream": lambda graph: list(graph.stream(query(SLOW))),
    "write": lambda graph: graph.write(query(SLOW_WRITE)),
    "write_implicit": lambda graph: graph.write_implicit(query(SLOW_WRITE)),
}


def in_transaction(graph):
    with graph.transaction() as transaction:
        transaction.write(query("CREATE (:Written)"))
        transaction.write(query(SLOW_WRITE))


WAYS["transaction"] = in_transaction


@pytest.fixture
def named(server, monkeypatch):
    """The environment names the session's server."""
    monkeypatch.setenv("NEO4J_URI", server.uri)
    monkeypatch.setenv("NEO4J_PASSWORD", read_password(server.password_file))


@pytest.mark.parametrize(
    ("text", "seconds"), [("", None), ("0", 0.0), ("2.5", 2.5), ("1e3", 1000.0)]
)
def test_the_environment_sets_the_limit(monkeypatch, text, seconds):
    monkeypatch.setenv("NEO4J_URI", "bolt://localhost")
    monkeypatch.setenv("NEO4J_PASSWORD", "secret")
    monkeypatch.setenv("NEO4J_TRANSACTION_TIMEOUT", text)
    assert present(connection_from_environment()).transaction_timeout == seconds


@pytest.mark.parametrize("text", ["soon", "-1", "nan", "inf", "10s", "1e10"])
def test_a_limit_that_is_no_number_of_seconds_is_refused(monkeypatch, tmp_path, text):
    monkeypatch.setenv("NEO4J_URI", "bolt://localhost")
    monkeypatch.setenv("NEO4J_PASSWORD", "secret")
    monkeypatch.setenv("NEO4J_TRANSACTION_TIMEOUT", text)
    with pytest.raises(ConfigError, match=f"NEO4J_TRANSACTION_TIMEOUT='{text}' is not .*unset it"):
        open_graph(Home(tmp_path))


def test_the_limit_counts_for_the_local_server_too(home, server, monkeypatch):
    monkeypatch.setenv("NEO4J_TRANSACTION_TIMEOUT", "7")
    with open_graph(home) as graph:
        assert graph.connection.transaction_timeout == 7
        assert graph.connection.lost is not None


@pytest.mark.parametrize("name", WAYS)
def test_each_kind_of_query_ends_at_the_limit_and_writes_nothing(
    graph, named, monkeypatch, tmp_path, name
):
    monkeypatch.setenv("NEO4J_TRANSACTION_TIMEOUT", "0.5")
    with open_graph(Home(tmp_path)) as limited, pytest.raises(LimitError) as caught:
        WAYS[name](limited)
    assert "longer than NEO4J_TRANSACTION_TIMEOUT=0.5 seconds; set it to more" in str(caught.value)
    assert graph.read(query("MATCH (n:Written) RETURN count(n) AS number")) == [{"number": 0}]


def lists(graph):
    return graph.read(
        query("MATCH (u)-[r:RECOMMENDED]->(m) RETURN u.userId, m.movieId, r.score ORDER BY 1, 2")
    )


def test_recommend_ends_at_the_limit_and_leaves_the_lists_as_they_were(
    graph, named, monkeypatch, tmp_path
):
    home = Home(tmp_path / "home")
    load_films(graph, tmp_path)
    save_network(graph, home, likes=_LIKES)
    recommend(graph, home, run_id=RUN_ID, top_k=2)
    before, batches = lists(graph), write_back._batches

    def late(*arguments):
        time.sleep(4)  # the server looks for such transactions every two seconds
        yield from batches(*arguments)

    monkeypatch.setattr(write_back, "_batches", late)
    monkeypatch.setenv("NEO4J_TRANSACTION_TIMEOUT", "0.5")
    some = ("--users", "1", "--top-k", 3)  # in one transaction
    ended = typed("--home", home.root, "recommend", "--run-id", RUN_ID, *some)
    assert ended.code == 1
    assert "longer than NEO4J_TRANSACTION_TIMEOUT=0.5 seconds" in ended.err
    assert "Traceback" not in ended.err
    assert before
    assert lists(graph) == before


@pytest.fixture
def limited(tmp_path):
    """Start a local Neo4j with some settings, in the same home each time."""
    home = Home(tmp_path / "limited")
    conf = Places(home).neo4j / "conf"
    conf.mkdir(parents=True)
    ports = {"bolt_port": free_port(), "http_port": free_port()}

    def started(*settings: str) -> Home:
        managed.stop(home, timeout=20)
        (conf / EXTRA_SETTINGS).write_text("\n".join(settings))
        managed.start(home, **ports, heap="512m")
        return home

    yield started
    managed.stop(home, timeout=10)


def write_ratings(folder):
    """A data set whose ratings are one batch of a load, and need more than a few MiB there."""
    folder.mkdir()
    films = [f"{film},Film {film},2000\n" for film in range(1, 201)]
    (folder / "movies.csv").write_text("movieId,title,year\n" + "".join(films))
    ratings = [f"{user},{film},4,{film}\n" for user in range(1, 101) for film in range(1, 201)]
    (folder / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + "".join(ratings))
    return folder


@pytest.mark.slow
@pytest.mark.neo4j
def test_the_servers_own_limits_are_named_and_a_load_is_resumed(limited, tmp_path, monkeypatch):
    home = limited("db.transaction.timeout=1s", "db.memory.transaction.max=6m")
    with open_graph(home) as graph:
        with pytest.raises(LimitError, match=r"db.transaction.timeout allows; raise .* server"):
            graph.read(query(SLOW))
        with pytest.raises(LimitError, match=r"more memory than db.memory.transaction.max = 6.0 M"):
            list(graph.stream(query(LARGE)))
    data = write_ratings(tmp_path / "data")
    monkeypatch.setenv("NEO4J_TRANSACTION_TIMEOUT", "0")  # counts instead of the server's limit
    ended = typed("--home", home.root, "load-kg", data)
    assert ended.code == 1
    assert "more memory than db.memory.transaction.max = 6.0 MiB allows; raise that" in ended.err
    assert "pipeline up --heap 4g" in ended.err
    assert "Traceback" not in ended.err
    assert typed("--home", home.root, "train").code == 1  # a part of a data set is not used
    limited("dbms.memory.transaction.total.max=100m")
    assert typed("--home", home.root, "load-kg", data).code == 0
    with open_graph(home) as graph:
        assert count(graph, "RATED") + count(graph, "HELD_OUT") == 20_000


def count(graph: Graph, kind: str) -> int:
    rows = graph.read(query(f"MATCH ()-[r:{kind}]->() RETURN count(r) AS number"))
    return int(rows[0]["number"])
