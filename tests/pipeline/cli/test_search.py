"""pipeline search, as it is typed."""

import json

import pytest

from pipeline.server.credentials import read_password
from tests.support.command_line import typed
from tests.support.film_graph import BIG, TOY, query


@pytest.fixture
def run(graph, server, monkeypatch, tmp_path):
    """Runs pipeline search against the tests' server."""
    monkeypatch.setenv("NEO4J_URI", server.uri)
    monkeypatch.setenv("NEO4J_PASSWORD", read_password(server.password_file))

    def run(*arguments):
        return typed("search", *arguments, "--home", tmp_path / "home")

    return run


def test_names_come_first_with_ids_and_then_the_next_command(run, films):
    assert run("toy", "storry", "--limit", "1").out == (
        "1. Toy Story (1995) [1], 3 ratings\n\nFilms like Toy Story (1995): pipeline similar 1\n"
    )
    assert run("john lasseter").out.splitlines() == [
        "1. John Lasseter [nm1], directed 2 films, wrote 1",
        "",
        "Whether they lead a user to a movie: pipeline paths USER MOVIE",
    ]
    assert run("hanks").out.splitlines()[0] == "1. Tom Hanks [nm2], acted in 2 films"


def test_json_has_all_matches(run, films):
    [found] = json.loads(run("toy", "--json").out)
    assert (found.pop("score") > 0, found.pop("name")) == (True, "Toy Story (1995)")
    assert found == {
        "kind": "Movie",
        "key": TOY,
        "ratings": 3,
        "directed": 0,
        "wrote": 0,
        "acted": 0,
    }
    assert json.loads(run("zzzzzzzz", "--json").out) == []


def test_without_a_match_one_line_says_so(run, films):
    done = run("zzzzzzzz")
    assert done.code == 0
    assert done.out.splitlines() == [
        "No movie and no person has a name like 'zzzzzzzz'.",
        "",
        "Try fewer letters or other words: pipeline search WORDS",
    ]


def test_long_names_are_wrapped(run, films, graph):
    long = "Big " + "and Very Long " * 12
    graph.write(query("MATCH (m:Movie {movieId: 3}) SET m.title = $title", "title"), title=long)
    lines = run("big").out.splitlines()
    assert lines[0].startswith("1. Big and Very Long") and f"[{BIG}]" in lines[2]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["toy"], 1, "the graph is empty; run: pipeline load-kg"),
        ([], 2, "Missing argument 'WORDS...'"),
        (["toy", "--limit", "0"], 2, "'--limit'"),
    ],
)
def test_wrong_use_ends_in_one_line(run, arguments, code, message):
    done = run(*arguments)
    assert done.code == code
    assert message in done.err.splitlines()[-1]
