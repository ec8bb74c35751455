"""pipeline why-not, as it is typed."""

import json

import pytest

from pipeline.cli.why_not import _compared
from pipeline.explanation.why_not import Standing
from pipeline.recommendation.recommend import recommend
from pipeline.server.credentials import read_password
from tests.support.command_line import typed
from tests.support.film_graph import BUG, CASINO, RONIN, save_network
from tests.support.film_history import RUN, save_history_network

LIKES = {1: {CASINO: 5, BUG: 7, RONIN: 3}}


@pytest.fixture
def run(graph, server, monkeypatch, place):
    """Runs pipeline why-not against the tests' server."""
    monkeypatch.setenv("NEO4J_URI", server.uri)
    monkeypatch.setenv("NEO4J_PASSWORD", read_password(server.password_file))

    def run(*arguments):
        return typed("why-not", *arguments, "--home", place.root)

    return run


@pytest.fixture
def rkan(graph, films, place):
    save_network(graph, place, likes=LIKES)
    recommend(graph, place, top_k=2)


def test_rank_and_score_are_compared_with_the_last_of_the_list(run, rkan):
    assert run(1, "ronin").out.splitlines() == [
        "Ronin (1998) [5] is not on the list of user 1: it has rank 3 of 4, and the list",
        "has 2 films.",
        "",
        "Compared with the last film on the list, Casino (1995) [6]:",
        f"{'':34}   this film   last film  difference",
        f"{'score':34}        3.00        5.00       -2.00",
        "",
        "The paths that lead to it: pipeline paths 1 5",
    ]


def test_other_reasons_are_one_line_and_the_next_command(run, rkan):
    assert run(1, "heat").out.splitlines() == [
        "User 1 has already rated Heat (1995) [4]: 4 stars.",
        "",
        "Films like it: pipeline similar 4",
    ]
    assert run(1, "casino").out.splitlines() == [
        "Casino (1995) [6] is recommended to user 1, at rank 2.",
        "",
        "The reasons for it: pipeline explain 1 6 --run-id rkan-films-1",
    ]
    assert run(1, "never").out.splitlines() == [
        "Never (2002) [9] has no training rating, so it is not ranked for this user.",
        "",
        "Other films, with their numbers of ratings: pipeline search WORDS",
    ]


def test_a_list_that_is_not_stored_can_be(run, graph, films, place):
    save_network(graph, place, likes=LIKES)
    assert run(1, "casino").out.splitlines() == [
        "Casino (1995) [6] is recommended to user 1, at rank 2.",
        "",
        "To store this list: pipeline recommend --users 1 --run-id rkan-films-1",
    ]


def test_a_film_that_was_not_proposed_is_said_in_few_columns(run, graph, films, place):
    save_history_network(graph, place, paths__candidates=1, recommend__top_k=1)
    found = [run(1, film, "--json") for film in (2, 5, 6, 8)]
    documents = [json.loads(done.out) for done in found]
    reasons = [each["reason"] for each in documents]
    assert sorted(reasons) == ["not proposed"] * 3 + ["recommended"]
    film = next(each for each in documents if each["place"] == 3)
    gaps = film["gaps"]
    assert gaps["score"] == pytest.approx(film["film"]["score"] - film["last"]["score"])
    assert {"taste", "popularity", "SIMILAR"} < gaps.keys()
    lines = run(1, film["movie_id"], "--run-id", RUN).out.splitlines()
    text = " ".join(lines[:4])
    assert "the network ranks the 1 film that it proposes" in text
    assert "this one has place 3 of 4 there" in text
    assert "  number of paths" not in lines and any(x.startswith("number of p") for x in lines)
    assert max(map(len, lines)) <= 80


def test_the_greatest_lack_comes_first_and_nothing_is_left_out():
    film = {"taste": 0.5, "popularity": -1.0, "SIMILAR": 0.0, "USERS": 0.25, "PEOPLE": 0.001}
    last = {"taste": 0.25, "popularity": 1.0, "SIMILAR": 0.5, "USERS": 0.25, "PEOPLE": 0.0}
    lines = _compared(
        Standing(RONIN, "Ronin (1998)", -0.25, film, 1_003),
        Standing(CASINO, "Casino (1995)", 2.0, last, 4),
    )
    rows = [line.rsplit(maxsplit=3) for line in list(lines)[1:]]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["score", "-0.25", "2.00", "-2.25"],
        ["popularity", "-1.00", "1.00", "-2.00"],
        ["paths: watched too", "0.00", "0.50", "-0.50"],
        ["paths: other users", "0.25", "0.25", "+0.00"],
        ["taste as a whole", "0.50", "0.25", "+0.25"],
        ["number of paths", "1,003", "4", "+999"],
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["99", "casino"], 1, "there is no user 99; userIds run from 1 to 4"),
        (["1", "cassino"], 1, "the nearest titles: Casino (1995) [6]"),
        (["1", "casino", "--run-id", "x"], 1, "there is no run 'x'"),
        (["1"], 2, "Missing argument 'FILM'"),
        (["one", "casino"], 1, "there is no user 'one'"),
    ],
)
def test_wrong_use_ends_in_one_line(run, rkan, arguments, code, message):
    done = run(*arguments)
    assert done.code == code
    assert message in done.err.splitlines()[-1]
