"""The service answers what the commands print, and writes nothing."""

import hashlib
import json
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from pipeline import __version__
from pipeline.api.reader import FilmReader
from tests.pipeline.service.conftest import running
from tests.support.command_line import typed
from tests.support.film_graph import BUG, CASINO, TOY, query
from tests.support.film_history import RUN

# Path and parameters, and the command with the same answer.
ALIKE: list[tuple[str, dict[str, Any], tuple]] = [
    ("/explain", {"user": 1}, ("explain", 1)),
    ("/explain", {"user": 1, "movie": "A Bug's Life"}, ("explain", 1, BUG, "--run-id", RUN)),
    ("/similar", {"film": CASINO}, ("similar", CASINO)),
    ("/similar", {"film": "Toy Story", "limit": 2}, ("similar", TOY, "--limit", 2)),
    ("/search", {"words": "toy storry"}, ("search", "toy", "storry")),
    ("/search", {"words": "hanks", "limit": 1}, ("search", "hanks", "--limit", 1)),
    (
        "/recommend",
        {"user": 2, "genre": "crime", "top_k": 2},
        ("recommend", "--users", 2, "--genre", "crime", "--top-k", 2),
    ),
    (
        "/recommend",
        {"films": "Heat, Big (1988)", "from_year": 1990, "to_year": 2000, "run_id": RUN},
        ("recommend", "--films", "Heat, Big (1988)", "--from-year", 1990, "--to-year", 2000),
    ),
]
NODES = "MATCH (n) RETURN elementId(n) AS id, labels(n) AS kind, properties(n) AS content"
EDGES = """
MATCH (a)-[r]->(b)
RETURN elementId(r) AS id, type(r) AS kind, properties(r) AS content,
       elementId(a) AS start, elementId(b) AS end
"""
INDEXES = "SHOW INDEXES YIELD name, type, state RETURN name, type, state"
CONSTRAINTS = "SHOW CONSTRAINTS YIELD name, type RETURN name, type"


def content(graph):
    """The number of nodes and relationships, and a hash of all they hold and of the schema."""
    digest, counts = hashlib.sha256(), []
    for text in (NODES, EDGES, INDEXES, CONSTRAINTS):
        rows = sorted(
            json.dumps(row, sort_keys=True, default=str) for row in graph.read(query(text))
        )
        counts.append(len(rows))
        digest.update("\n".join(rows).encode())
    return counts, digest.hexdigest()


def test_answers_are_those_of_the_commands(service):
    for path, parameters, command in ALIKE:
        answer = service.get(path, **parameters)
        done = typed(*command, "--json")
        assert (answer.status_code, done.code) == (200, 0), (path, answer.text, done.err)
        assert answer.json() == json.loads(done.out), path
        assert answer.headers["content-type"] == "application/json"


def test_health_names_the_data_set_and_the_newest_run(service):
    state = service.get("/health").json()
    assert (state["status"], state["version"], state["run_id"]) == ("ok", __version__, RUN)
    assert (state["dataset"]["name"], state["dataset"]["num_users"]) == ("films", 4)
    assert state["neo4j"].startswith("5.")


def test_nothing_is_written_whatever_is_asked(service, place):
    def files():
        return {file: file.read_bytes() for file in place.root.rglob("*") if file.is_file()}

    before, kept = content(service.graph), files()
    assert before[0][0] > 15
    for path, parameters, _ in ALIKE:
        assert service.get(path, **parameters).status_code == 200
    for path in ("/health", "/docs", "/openapi.json", "/nothing", "/recommend?user=99", "/similar"):
        service.get(path)
    for method in ("post", "put", "patch", "delete"):
        refused = requests.request(method, f"{service.address}/explain?user=1", timeout=60)
        assert refused.status_code == 405
        assert refused.json()["detail"].endswith("use GET")
    assert content(service.graph) == before
    assert files() == kept


def test_an_index_that_is_missing_is_not_created(service):
    service.graph.write(query("DROP INDEX movie_title"))
    before = content(service.graph)
    refused = service.get("/search", words="toy")
    assert refused.status_code == 503
    assert "pipeline search WORDS" in refused.json()["detail"]
    assert content(service.graph) == before


@pytest.mark.slow
def test_many_ask_at_the_same_time(service, capsys):
    asked = [(path, parameters) for path, parameters, _ in ALIKE] * 6
    wanted = {str(each): service.get(each[0], **each[1]).json() for each in asked}

    def timed(each):
        started = time.perf_counter()
        answer = service.get(each[0], **each[1])
        return each, answer.json(), time.perf_counter() - started

    alone = [timed(each) for each in asked[: len(ALIKE)]]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(timed, asked))
    for each, answer, _ in together:
        assert answer == wanted[str(each)]
    with capsys.disabled():
        print(f"\n{'':<44}{'alone':>9}{'of 8':>9}{'command':>9}")
        for path, parameters, command in ALIKE:
            one = [took for each, _, took in alone if each == (path, parameters)]
            many = [took for each, _, took in together if each == (path, parameters)]
            started = time.perf_counter()
            program = [sys.executable, "-m", "pipeline", *map(str, command), "--json"]
            subprocess.run(program, check=True, capture_output=True, timeout=120)
            name = f"{path} {', '.join(parameters)}"
            figures = (*map(statistics.median, (one, many)), time.perf_counter() - started)
            print(f"{name:<44}" + "".join(f"{each:>7.2f} s" for each in figures))


def test_a_service_outlives_the_replacing_of_a_run(service, place):
    """Recommendations that are replaced while they are read are read again, or 503 says so."""
    with ThreadPoolExecutor(2) as pool:
        writer = pool.submit(typed, "recommend", "--users", "1,2", "--json")
        answers = [service.get("/explain", user=1) for _ in range(10)]
        assert writer.result(timeout=120).code == 0
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert service.get("/explain", user=1).status_code == 200


def test_names_of_other_machines_are_refused(recommended):
    with FilmReader.open() as films, running(films, frozenset({"localhost"})) as address:
        for host, status in (("localhost", 200), ("LOCALHOST:1", 200), ("evil.example", 400)):
            answer = requests.get(f"{address}/health", headers={"Host": host}, timeout=60)
            assert answer.status_code == status, host
    with FilmReader.open() as films, running(films, None) as address:
        answer = requests.get(f"{address}/health", headers={"Host": "any.example"}, timeout=60)
        assert answer.status_code == 200
