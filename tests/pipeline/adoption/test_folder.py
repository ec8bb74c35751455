"""A folder of CSV files with a description."""

import csv
import gzip
import json
from pathlib import Path

import pytest

from pipeline.adoption.clean import clean_graph
from pipeline.adoption.folder import load_folder
from pipeline.content.catalogue import read_catalogue
from pipeline.errors import ConfigError, GraphContentError, SourceError
from pipeline.sources.described import read_described
from tests.support.film_graph import load_films
from tests.support.shop import everything, raw

DESCRIPTION = """
name = "library"
[user]
label = "Reader"
key = "card"
[item]
label = "Book"
key = "isbn"
name = "title"
year = "published"
[interaction]
type = "BORROWED"
time = "on"
rating = "stars"
[[attribute]]
type = "WRITTEN BY"
label = "Author"
key = "id"
name = "name"
[[attribute]]
type = "ON_SHELF"
label = "Shelf"
key = "name"
role = "genre"
"""
FILES = {
    "items.csv": ["item,name,year", "007,Emma,1815", "008,Persuasion,1817", "9x,Ulysses,"],
    "interactions.csv": [
        "user,item,time,rating",
        *(
            f"{user},{item},2024-0{month}-01,{user}"
            for user in (1, 2, 3)
            for month, item in ((1, "007"), (2, "008"), (3, "9x"))
        ),
    ],
    "written_by.csv": ["item,key,name", "007,a1,Jane Austen", "008,a1,", "9x,a2,James Joyce"],
    "on_shelf.csv": ["item,key", "007,English", "008,English", "9x,Irish"],
}


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "library"
    place.mkdir()
    (place / "graph.toml").write_text(DESCRIPTION, encoding="utf-8")
    for name, lines in FILES.items():
        (place / name).write_text("\n".join(lines), encoding="utf-8")
    return place


def load(graph, folder, **options):
    return load_folder(graph, read_described(folder), quarantine=folder.parent / "q", **options)


def append(folder, name, *lines):
    with (folder / name).open("a", encoding="utf-8") as stream:
        stream.write("".join(f"\n{line}" for line in lines))


def test_a_library(bare_graph, folder):
    summary = load(bare_graph, folder, test_fraction=0.34)
    assert (summary.split.users, summary.split.items, summary.split.attributes) == (3, 3, 4)
    assert (summary.split.train, summary.split.held_out) == (6, 3)
    assert summary.document()["rows_read"] == 3 + 9 + 3 + 3
    names = read_catalogue(bare_graph).names
    assert names == [
        "reader 1",
        "reader 2",
        "reader 3",
        "Emma (1815)",
        "Persuasion (1817)",
        "Ulysses",
        "Jane Austen",
        "James Joyce",
        "English",
        "Irish",
    ]
    [row] = bare_graph.read(
        raw(
            "MATCH (b:Book {isbn: '007'})<-[r:BORROWED]-(:Reader {card: 2}) "
            "RETURN b.title AS title, r.on AS on, r.stars AS stars"
        )
    )
    assert row == {"title": "Emma", "on": "2024-01-01", "stars": 2.0}


def test_the_same_again_changes_nothing(bare_graph, folder):
    load(bare_graph, folder)
    before = everything(bare_graph)
    assert load(bare_graph, folder).split.unchanged
    assert everything(bare_graph) == before


def test_an_interrupted_load_goes_on(bare_graph, folder, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("pipeline.adoption.folder._write_attribute", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            load(bare_graph, folder)
    assert load(bare_graph, folder).split.attributes == 4


def test_another_folder_needs_replace_and_nothing_is_left_of_the_first(bare_graph, folder):
    load(bare_graph, folder)
    append(folder, "items.csv", "10,New,2020")
    append(folder, "interactions.csv", "4,10,5,")
    with pytest.raises(GraphContentError, match="--replace"):
        load(bare_graph, folder)
    assert load(bare_graph, folder, replace=True).split.users == 4
    clean_graph(bare_graph)
    assert load(bare_graph, folder).split.users == 4


def test_what_no_folder_brought_is_left_alone(bare_graph, folder):
    bare_graph.write(raw("CREATE (:Book {isbn: 'mine'})"))
    before = everything(bare_graph)
    with pytest.raises(GraphContentError, match="no folder brought"):
        load(bare_graph, folder, replace=True)
    assert everything(bare_graph) == before


def test_a_graph_of_films_is_refused(graph, folder, tmp_path):
    load_films(graph, tmp_path / "quarantine")
    with pytest.raises(GraphContentError, match="a data set of films"):
        load(graph, folder, replace=True)


BAD = [
    ("items.csv", ",Nameless,", "the item is blank"),
    ("items.csv", "007,Again,", "item 007 is on an earlier line"),
    ("items.csv", "11,Odd,MCMX", "year 'MCMX' is no whole number"),
    ("interactions.csv", ",007,5,", "the user is blank"),
    ("interactions.csv", "1,404,5,", "item 404 is not in items.csv"),
    ("interactions.csv", "1,007,yesterday,", "time 'yesterday' is no number"),
    ("interactions.csv", "1,007,5,many", "rating 'many' is no number"),
    ("interactions.csv", "1,007,5,inf", "rating 'inf' is no number"),
    ("written_by.csv", "404,a1,", "item 404 is not in items.csv"),
    ("written_by.csv", "007,,", "the key is blank"),
    ("written_by.csv", "007", "1 field instead of 3"),
]


@pytest.mark.parametrize(("name", "line", "reason"), BAD)
def test_an_unusable_row_is_refused_with_its_line(bare_graph, folder, name, line, reason):
    append(folder, name, line)
    summary = load(bare_graph, folder)
    assert summary.rows_refused == 1
    assert summary.rows_read == summary.rows_loaded + 1
    with Path(summary.quarantine or "").open(encoding="utf-8") as stream:
        [row] = csv.DictReader(stream)
    assert reason in row["reason"]
    assert (row["file"], int(row["line"])) == (str(folder / name), len(FILES[name]) + 1)


def test_users_csv_names_users_and_refuses_others(folder):
    (folder / "users.csv").write_text("user,name\n1,Ann\n2,\n,Nobody\n1,Bea", encoding="utf-8")
    tables = read_described(folder)
    assert tables.users == {1: "Ann", 2: None}
    reasons = [row.reason for row in tables.refused]
    assert reasons[:2] == ["the user is blank", "user 1 is on an earlier line"]
    assert reasons[2:] == ["user 3 is not in users.csv"] * 3


def test_files_may_be_compressed(folder):
    content = (folder / "on_shelf.csv").read_bytes()
    (folder / "on_shelf.csv").unlink()
    (folder / "on_shelf.csv.gz").write_bytes(gzip.compress(content))
    assert json.dumps(read_described(folder).attributes[1])


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_missing_or_has_no_usable_row(folder, name):
    header = FILES[name][0]
    (folder / name).write_text(f"{header}\n{',' * header.count(',')}", encoding="utf-8")
    with pytest.raises(SourceError, match="none of its 1 rows is usable; line 2"):
        read_described(folder)
    (folder / name).unlink()
    with pytest.raises(SourceError, match=f"has neither {name} nor {name}.gz"):
        read_described(folder)


def test_a_description_with_a_mistake(folder):
    (folder / "graph.toml").write_text("name = 'x'", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"graph\.toml: user is missing"):
        read_described(folder)


LINKS = """
[[item_link]]
type = "FOLLOWED BY"
direction = "out"
[[user_link]]
type = "KNOWS"
weight = "since"
"""


def test_links_between_books_and_between_readers(bare_graph, folder):
    append(folder, "graph.toml", LINKS)
    (folder / "followed_by.csv").write_text("item,other\n007,008\n008,9x\n008,none\n007,008\n")
    (folder / "knows.csv").write_text("user,other,weight\n1,2,3\n2,3,\n2,9,1\n3,,2\n3,1,-1\n")
    load(bare_graph, folder)
    text = "MATCH (a:Book)-[:`FOLLOWED BY`]->(b) RETURN a.isbn AS a, b.isbn AS b ORDER BY a"
    found = [tuple(row.values()) for row in bare_graph.read(raw(text))]
    assert found == [("007", "008"), ("008", "9x")]
    text = "MATCH (a:Reader)-[r:KNOWS]->(b) RETURN a.card AS a, b.card AS b, r.since AS since"
    assert [tuple(row.values()) for row in bare_graph.read(raw(text))] == [(1, 2, 3.0)]
    refused = read_described(folder).refused
    assert [(Path(row.file).name, row.line, row.reason) for row in refused] == [
        ("followed_by.csv", 4, "item none is not known"),
        ("knows.csv", 3, "weight '' is no number above 0"),
        ("knows.csv", 4, "user 9 is not known"),
        ("knows.csv", 5, "the user is blank"),
        ("knows.csv", 6, "weight '-1' is no number above 0"),
    ]
