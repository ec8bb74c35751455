"""Errors are one line of problem JSON, whatever is asked."""

import json
from typing import Any

import pytest

from pipeline.api.reader import FilmReader
from pipeline.printable import one_line
from tests.pipeline.cli.test_hostile_text import HOSTILE, OBEYED
from tests.pipeline.service.conftest import Service, running
from tests.support.command_line import typed
from tests.support.film_graph import TOY, query
from tests.support.proxy import Proxy

# Path and parameters, the status, and the command with the same message.
ALIKE: list[tuple[str, dict[str, Any], int, tuple]] = [
    ("/explain", {"user": 99}, 404, ("explain", 99)),
    ("/explain", {"user": "one"}, 404, ("explain", "one")),
    ("/explain", {"user": 1, "movie": "Never"}, 404, ("explain", 1, "Never")),
    ("/explain", {"user": 1, "run_id": "none"}, 404, ("explain", 1, "--run-id", "none")),
    ("/similar", {"film": "toy storry"}, 404, ("similar", "toy storry")),
    ("/recommend", {"user": 99}, 404, ("recommend", "--users", 99, "--from-year", 1)),
    ("/recommend", {"films": "None"}, 404, ("recommend", "--films", "None")),
    ("/recommend", {"films": " , "}, 404, ("recommend", "--films", " , ")),
    (
        "/recommend",
        {"films": "Heat", "genre": "Opera"},
        404,
        ("recommend", "--films", "Heat", "--genre", "Opera"),
    ),
    (
        "/recommend",
        {"films": "Heat", "run_id": "none"},
        404,
        ("recommend", "--films", "Heat", "--run-id", "none"),
    ),
]
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("/recommend", {}, "either the films"),
    ("/recommend", {"user": 1, "films": "Heat"}, "either the films"),
    ("/recommend", {"user": 1, "top_k": 0}, "top_k = '0'"),
    ("/recommend", {"user": 1, "top_k": 10**30}, "top_k = "),
    ("/recommend", {"user": 1, "form_year": 1990}, "did you mean from_year?"),
    ("/explain", {}, "the parameter user is missing"),
    ("/explain", {"user": 1, "movie": ""}, "movie = ''"),
    ("/similar", {"film": "Heat", "limit": "many"}, "limit = 'many'"),
    ("/search", {"words": "x" * 301}, "at most 300"),
    ("/health", {"deep": 1}, "unknown parameter deep; known: none"),
]
STRINGS = [
    HOSTILE,
    "\x00",
    "'; MATCH (n) DETACH DELETE n //",
    "*:* OR [a TO z]",
    "{{7*7}}",
    "🎬" * 70,
]
NUMBERS = [2**63, -(2**63) - 1, -1, 10**300]


def detail(answer):
    """The one line of a problem; nothing in it steers a terminal."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert not OBEYED.findall(answer.text)
    found = answer.json()
    assert found.keys() == {"type", "title", "status", "detail"}
    assert found["status"] == answer.status_code
    assert "Traceback" not in answer.text
    return found["detail"]


def refused(service, path):
    """The line of an answer that cannot be given now."""
    answer = service.get(path)
    assert answer.status_code == 503, answer.text
    return detail(answer)


def test_messages_are_those_of_the_commands(service):
    for path, parameters, status, command in ALIKE:
        answer, done = service.get(path, **parameters), typed(*command)
        assert answer.status_code == status, (path, parameters, answer.text)
        assert f"Error: {detail(answer)}\n" == done.err, path


def test_wrong_parameters_are_named(service):
    for path, parameters, words in WRONG:
        answer = service.get(path, **parameters)
        assert answer.status_code == 422, (path, parameters, answer.text)
        assert words in detail(answer)
    answer = service.get("/nothing")
    assert answer.status_code == 404
    assert "no path /nothing" in detail(answer)


def test_hostile_strings_and_numbers_are_answered_or_refused(service):
    before = service.graph.read(query("MATCH (n) RETURN count(n) AS number"))
    asked: list[tuple[str, dict[str, Any]]] = [
        *(("/recommend", {"films": text}) for text in STRINGS),
        *(("/recommend", {"films": "Heat", "genre": text}) for text in STRINGS),
        *(("/recommend", {"user": 1, "run_id": text}) for text in STRINGS),
        *(("/explain", {"user": 1, "movie": text}) for text in STRINGS),
        *(("/explain", {"user": 1, "run_id": text}) for text in STRINGS),
        *(("/similar", {"film": text}) for text in STRINGS),
        *((path, {"user": number}) for path in ("/recommend", "/explain") for number in NUMBERS),
        *(("/recommend", {"user": 1, "from_year": number}) for number in NUMBERS[:2]),
    ]
    for path, parameters in asked:
        answer = service.get(path, **parameters)
        if answer.status_code != 200:
            assert answer.status_code in (404, 422), (path, parameters, answer.text)
            detail(answer)
    for text in STRINGS:
        answer = service.get("/search", words=text)
        assert answer.status_code == 200 and isinstance(answer.json(), list), text
    for raw in (
        "/search?words=%ff%fe",
        "/search?words=%ED%A0%80",
        "/similar?film=%00",
        "/%0d%0aX: y",
    ):
        assert service.get(raw).status_code < 500, raw
    assert service.graph.read(query("MATCH (n) RETURN count(n) AS number")) == before


def test_hostile_names_in_the_graph_are_escaped_and_whole(service):
    text = "MATCH (m:Movie) SET m.title = m.title + $hostile"
    service.graph.write(query(text, "hostile"), hostile=HOSTILE)
    asked: list[tuple[str, dict[str, Any]]] = [
        ("/recommend", {"user": 1}),
        ("/explain", {"user": 1}),
        ("/similar", {"film": TOY}),
        ("/search", {"words": "toy"}),
    ]
    for path, parameters in asked:
        answer = service.get(path, **parameters)
        assert answer.status_code == 200, answer.text
        assert not OBEYED.findall(answer.text)
        assert HOSTILE in str(plain(answer.json()))
    assert one_line(HOSTILE) in json.loads(service.get("/explain", user=1, movie=9).text)["detail"]


def plain(document):
    """All strings of a document, joined."""
    if isinstance(document, dict):
        return "".join(map(plain, [*document, *document.values()]))
    if isinstance(document, list):
        return "".join(map(plain, document))
    return document if isinstance(document, str) else ""


def test_an_empty_graph_and_a_missing_run_are_503(graph, found):
    with FilmReader.open() as films, running(films) as address:
        service = Service(address, graph)
        for path in ("/health", "/recommend?user=1", "/similar?film=1", "/search?words=toy"):
            assert "run: pipeline load-kg" in refused(service, path)


def test_a_graph_without_a_trained_run_is_503(graph, films, found):
    with FilmReader.open() as reader, running(reader) as address:
        service = Service(address, graph)
        assert "run: pipeline train" in refused(service, "/recommend?user=1")
        assert "run: pipeline enrich" in refused(service, "/similar?film=1")


@pytest.mark.slow
def test_a_database_that_is_gone_is_503_and_that_comes_back_is_answered(
    graph, films, found, server, monkeypatch
):
    host, port = server.uri.removeprefix("bolt://").split(":")
    proxy = Proxy(host, int(port))
    monkeypatch.setenv("NEO4J_URI", f"bolt://127.0.0.1:{proxy.port}")
    try:
        with FilmReader.open() as reader, running(reader) as address:
            service = Service(address, graph)
            assert service.get("/health").status_code == 200
            proxy.fail_after(0)
            assert {service.get("/health").status_code for _ in range(2)} <= {200, 503}
            assert service.get("/health").status_code == 200
            proxy.close()
            assert "no Neo4j answers" in refused(service, "/health")
    finally:
        proxy.close()


def test_an_unexpected_error_tells_nothing_of_the_program(service, monkeypatch, capfd):
    def broken(*_, **__):
        raise RuntimeError(f"secret {HOSTILE}")

    monkeypatch.setattr(FilmReader, "similar", broken)
    answer = service.get("/similar", film="Heat")
    assert answer.status_code == 500
    assert "secret" not in detail(answer)
