"""pipeline browse prints a link that holds the query and no password."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from pipeline.explanation.explain import explain
from pipeline.recommendation.recommend import recommend
from pipeline.schema import DESCRIBED, MOVIELENS
from pipeline.server.browser import browser_link, browser_settings, read_style
from pipeline.server.credentials import read_password
from tests.support.command_line import typed
from tests.support.film_graph import query
from tests.support.film_history import save_history_network
from tests.support.narrowing import present


@pytest.fixture
def run(graph, films, place, home, server):
    save_history_network(graph, place)
    recommend(graph, place)

    def browse(*arguments):
        done = typed("browse", *arguments, "--print", "--home", home.root)
        assert done.code == 0, done.err
        return done.out

    return browse


def asked(link):
    """The query that a link puts into the editor."""
    found = parse_qs(urlsplit(link).query)
    assert found["cmd"] == ["edit"]
    return found["arg"][0]


def test_the_link_holds_a_query_that_runs_and_no_password(run, graph, server):
    out = run(1)
    link = out.splitlines()[1].strip()
    assert link.startswith(present(server.browser))
    rows = graph.read(query(asked(link)))
    assert [row["movie"]["movieId"] for row in rows] == [
        each.movie_id for each in explain(graph, 1)
    ]
    assert read_password(present(server.password_file)) not in out
    assert str(server.password_file) in out


def test_a_film_is_drawn_with_what_speaks_for_it(run, graph):
    first = explain(graph, 1)[0]
    shown = json.loads(run(1, first.movie, "--json"))
    assert first.movie in shown["title"]
    assert shown["user_id"] == 1
    (row,) = graph.read(query(asked(shown["link"])))
    assert row["movie"]["movieId"] == first.movie_id
    assert row["because"]


def test_without_a_user_it_shows_the_graph(run, graph):
    shown = json.loads(run("--json"))
    (row,) = graph.read(query(shown["query"]))
    assert row["film"]["title"]


def test_a_server_without_a_known_browser_gets_the_query(run, server, monkeypatch):
    monkeypatch.setenv("NEO4J_URI", server.uri)
    monkeypatch.setenv("NEO4J_PASSWORD", read_password(present(server.password_file)))
    out = run(1)
    assert "paste this into Neo4j Browser" in out
    assert "MATCH (user:User {userId: 1})" in out
    monkeypatch.setenv("PIPELINE_BROWSER", "http://localhost:7474/browser/")
    monkeypatch.setenv("PIPELINE_BROWSER_BOLT", "bolt://localhost:7999")
    assert "http://localhost:7474/browser/?dbms=bolt%3A%2F%2Fneo4j%40localhost%3A7999" in run(1)


def test_a_link_escapes_everything():
    hostile = "RETURN '&arg=x#' AS `a b`"
    link = browser_link("http://127.0.0.1:7474/browser/", "bolt://127.0.0.1:7687", "a@b", hostile)
    found = parse_qs(urlsplit(link).query)
    assert found["arg"] == [hostile]
    assert found["dbms"] == ["bolt://a%40b@127.0.0.1:7687"]
    command = browser_link("http://x/", "bolt://x", "neo4j", ":play http://localhost:1/g", run=True)
    assert parse_qs(urlsplit(command).query)["cmd"] == ["play"]


def test_the_settings_hold_the_style_without_a_semicolon_inside():
    settings = browser_settings()
    commands = settings["browser.post_connect_cmd"].split(";")  # as Browser splits them
    assert len(commands) == 2
    style = commands[1].strip().removeprefix("style ")
    assert json.loads(style) == read_style()
    assert read_style()["node.Movie"]["caption"] == "{name}"
    assert read_style()["relationship.BECAUSE"]["caption"] == "{name}"


def test_a_graph_of_someone_else_looks_like_one_of_films():
    rules = read_style()
    places = {selector: place for place, selector in enumerate(rules)}
    for selector, rule in rules.items():
        kind, _, name = selector.partition(".")
        field = MOVIELENS.field_of(name)
        if field:
            other = f"{kind}.{getattr(DESCRIBED, field)}"
            caption = rule["caption"].replace("{name}", "{" + DESCRIBED.property_of("name") + "}")
            assert rules[other] == rule | {"caption": caption}
            assert places[other] > places[selector]  # of two that match, Browser takes the later
