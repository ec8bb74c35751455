"""pipeline similar, as it is typed."""

import json
from typing import Any

import pytest

from pipeline.cli.similar import _named, _reasons
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.enrich import enrich_all
from pipeline.explanation.similar import SharedPerson, SimilarFilm, SimilarReport
from pipeline.schema import ItemWords
from pipeline.server.credentials import read_password
from tests.support.command_line import typed
from tests.support.film_graph import BUG, TOY


@pytest.fixture
def run(graph, server, monkeypatch, tmp_path):
    """Runs pipeline similar against the tests' server."""
    monkeypatch.setenv("NEO4J_URI", server.uri)
    monkeypatch.setenv("NEO4J_PASSWORD", read_password(server.password_file))

    def run(*arguments):
        return typed("similar", *arguments, "--home", tmp_path / "home")

    return run


@pytest.fixture
def enriched(graph, films):
    enrich_all(graph, EnrichConfig(similar="cosine", cosine_shrinkage=1.0))


def test_films_come_with_their_reasons_and_the_next_command(run, enriched):
    lines = run("toy story").out.splitlines()
    assert lines[0] == "Films like Toy Story (1995) [1]:"
    assert lines[1].startswith("1. ")
    place = next(n for n, line in enumerate(lines) if f"A Bug's Life (1998) [{BUG}]" in line)
    assert lines[place + 1].startswith("   2 of the 3 people who saw Toy Story (1995) saw it too")
    assert "   both made with John Lasseter [nm1]" in lines
    assert lines[-1].startswith("Why a film is not on a user's list: pipeline why-not USER ")
    assert max(map(len, lines)) <= 80


def test_json_has_the_numbers_and_the_people(run, enriched):
    report = json.loads(run(TOY, "--json", "--limit", "9").out)
    assert (report["movie"], report["watchers"], report["steps"]) == ("Toy Story (1995)", 3, 20)
    [bug] = [each for each in report["films"] if each["movie_id"] == BUG]
    assert bug["too"] == 2
    assert [person["name"] for person in bug["people"]] == ["John Lasseter"]
    assert len(json.loads(run(TOY, "--json", "--limit", "1").out)["films"]) == 1


def test_a_film_without_neighbours_is_said(run, enriched):
    assert run("never").out.splitlines() == [
        "No film is known to be like Never (2002) [9], which 0 people saw.",
        "",
        "Other films: pipeline search WORDS",
    ]


def test_without_derived_relationships_the_command_is_named(run, films):
    done = run("toy story")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "Error: films has no derived relationships between films; run: pipeline enrich\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["toy story"], 1, "the graph is empty"),
        ([], 2, "Missing argument 'FILM'"),
        (["1", "--limit", "0"], 2, "'--limit'"),
    ],
)
def test_wrong_use_ends_in_one_line(run, arguments, code, message):
    done = run(*arguments)
    assert done.code == code
    assert message in done.err.splitlines()[-1]


def reasons(**numbers):
    known: dict[str, Any] = {
        "similar": 1.0,
        "too": None,
        "watched_next": 1.0,
        "soon": None,
        "people": [],
    }
    film = SimilarFilm(BUG, "A Bug's Life (1998)", **(known | numbers))
    report = SimilarReport(TOY, "Toy Story (1995)", 1_126, 20, [film])
    return list(_reasons(report, film, ItemWords()))


def test_each_kind_of_relationship_has_its_words():
    who = "of the 1,126 people who saw Toy Story (1995)"
    assert reasons(too=114, soon=18) == [
        f"114 {who} saw it too; 18 watched it within their next 20 films"
    ]
    assert reasons(too=114) == [f"114 {who} saw it too"]
    assert reasons(soon=18) == [f"18 {who} watched it within their next 20 films"]
    assert reasons() == []  # relationships of an earlier version, without numbers


def test_at_most_three_people_are_named():
    people = [SharedPerson(f"nm{n}", f"P{n}", ["DIRECTED"], ["DIRECTED"]) for n in range(5)]
    assert _named(people[:1]) == "P0 [nm0]"
    assert _named([SharedPerson("P", "P", ["WROTE"], ["WROTE"])]) == "P"
    assert _named(people[:3]) == "P0 [nm0], P1 [nm1] and P2 [nm2]"
    assert _named(people) == "P0 [nm0], P1 [nm1], P2 [nm2] and 2 more"
