"""Queries in the names of another graph."""

import re
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.naming import quoted, rename, translate
from pipeline.queries import Query, load_query
from pipeline.schema import DESCRIBED, MOVIELENS, PROPERTIES
from tests.support.shop import described

SHOP = described().schema
NAMES = [
    str(Path(str(file)).relative_to(str(files("cypher"))).with_suffix(""))
    for file in sorted(Path(str(files("cypher"))).rglob("*.cypher"))
]
OF_FILMS = ("load/", "notebook/", "browser/")  # load and show what MovieLens alone has


def query(text):
    return Query("test", text, "", frozenset())


def shop(text):
    return translate(query(text), SHOP)


def test_our_own_graph_keeps_the_text():
    text = load_query("read/entities").text
    assert translate(query(text), MOVIELENS) is text


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("MATCH (u:User)", "MATCH (u:RkanUser)"),
        ("MATCH (m:Movie {movieId: $movieId})", "MATCH (m:RkanItem {rkanMovieId: $movieId})"),
        ("-[r:RECOMMENDED {runId: $runId}]->", "-[r:RKAN_RECOMMENDED {runId: $runId}]->"),
        ("RETURN {title: film.title}", "RETURN {title: film.rkanTitle}"),
        (
            "UNWIND $rows AS row SET n.name = row.name",
            "UNWIND $rows AS row SET n.rkanName = row.name",
        ),
        ("WHERE e:User OR e:Movie", "WHERE e:RkanUser OR e:RkanItem"),
        ("type(r) = 'SIMILAR'", "type(r) = 'RKAN_SIMILAR'"),
        ("// User\nRETURN 1 // Movie", "// User\nRETURN 1 // Movie"),
        ("CREATE INDEX movie_title", "CREATE INDEX rkan_movie_title"),
        ("-[:IN_GENRE]-", "-[:IN_SECTION]-"),
        ("-[:DIRECTED|ACTED_IN|WROTE]-", "-[:`MADE BY`|FEATURES|RKAN_NONE]-"),
        ("'user \\' User'", "'user \\' User'"),
        ("`User`", "`User`"),
    ],
)
def test_names_are_replaced_where_they_are_names(ours, theirs):
    assert shop(ours) == theirs


@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_ours_is_left_in_a_query(name):
    text = re.sub(r"//[^\n]*", "", translate(load_query(name), SHOP))
    for label in (MOVIELENS.user, MOVIELENS.movie, MOVIELENS.entity, MOVIELENS.rated):
        assert not re.search(rf"[:|]{label}\b", text)
    if not name.startswith(OF_FILMS):
        assert not re.search(r"[:|](DIRECTED|ACTED_IN|WROTE|IN_GENRE)\b", text)
    for key in PROPERTIES:
        assert not re.search(rf"\b(?:n|u|m|e|user|movie|film|run|d)\.{key}\b", text)


@pytest.mark.neo4j
def test_the_server_understands_every_query_in_other_names(graph):
    graph.schema = SHOP
    for name in NAMES:
        if name.startswith(("server/", "load/lock")) or "IN TRANSACTIONS" in load_query(name).text:
            continue
        found = load_query(name)
        text = translate(found, SHOP)
        if not re.search(r"^(?:SHOW|CREATE|DROP|CALL db\.|RETURN EXISTS)", text, re.MULTILINE):
            parameters = {each: _example(each) for each in found.parameters}
            explained = Query(name, f"EXPLAIN {text}", "", found.parameters, renamed=True)
            graph.write(explained, **parameters)


def _example(name):
    if name in ("properties", "metrics", "weightOf"):
        return {}
    if name in ("weight", "words"):
        return name
    return [] if name in ("rows", "users", "pairs", "runs", "candidates", "directed", "ends") else 1


@given(st.text(min_size=1, max_size=20))
def test_a_name_of_any_characters_is_one_name(name):
    renamed = rename(
        query("MATCH (n:User {name: 1}) RETURN n.name"), {"User": name}, {"name": name}
    )
    inside = quoted(name)
    assert renamed.text == f"MATCH (n:{inside} {{{inside}: 1}}) RETURN n.{inside}"
    assert inside == name or (inside[0] == inside[-1] == "`")
    if inside != name:
        content = inside[1:-1].replace("``", "")
        assert "`" not in content
        assert content.replace("\\u005C", "\\") == name.replace("`", "")


HOSTILE = (
    "a`b",
    "``",
    "a\\",
    "\\u0060",
    "x\\u0060) DETACH DELETE n //",
    "x\\\\u0060 {y: 1})",
    "x` {y: 1}) DETACH DELETE n //",
    "'\"; // \n*/",
    "é 日本",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_the_server_takes_any_name_for_what_it_is(graph, name):
    text = "CREATE (n:User {name: 1}) RETURN n"
    graph.write(rename(query(text), {"User": name}, {"name": name}))
    found = rename(
        query("MATCH (n:User) RETURN labels(n) AS labels, n.name AS value"),
        {"User": name},
        {"name": name},
    )
    assert graph.read(found) == [{"labels": [name], "value": 1}]
    [own] = graph.read(Query("test", "MATCH (n) RETURN keys(n) AS keys", "", frozenset()))
    assert own["keys"] == [name]


def test_every_name_of_ours_has_a_prefix():
    own = {getattr(DESCRIBED, name) for name in DESCRIBED.named}
    assert all(name.startswith(("Rkan", "RKAN_")) for name in own)
    assert len(own) == len(DESCRIBED.named)
