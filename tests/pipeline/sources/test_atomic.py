"""RecBole's atomic files."""

from pathlib import Path
from typing import cast

import pytest

from pipeline.adoption.folder import load_folder
from pipeline.content.catalogue import read_catalogue
from pipeline.errors import SourceError
from pipeline.schema import Role
from pipeline.sources.archives import open_archive
from pipeline.sources.atomic import is_atomic, read_atomic
from pipeline.sources.wheel import RECBOLE, fetch_wheel

FILES = {
    "books.inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    "u1\t1\t4\t10\nu1\t2\t5\t20.0\nu2\t2\t3\t30\nu2\t1\t3\t40\nu2\t9\t3\t50\n",
    "books.item": "item_id:token\tbook_title:token_seq\trelease_year:token\tclass:token_seq\n"
    "1\tEmma\t1815\tnovel love\n2\tUlysses\t1922\tnovel\n3\tUnread\t\t\n",
    "books.link": "item_id:token\tentity_id:token\n1\tm.1\n2\tm.2\n7\tm.7\n",
    "books.kg": "head_id:token\trelation_id:token\ttail_id:token\n"
    "m.1\tbook.written_work.author\tm.austen\n"
    "m.joyce\tpeople.author.works\tm.2\n"
    "m.1\tbook.sequel\tm.2\n"
    "m.5\tbook.written_work.author\tm.6\n",
}


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "books"
    place.mkdir()
    for name, text in FILES.items():
        (place / name).write_text(text, encoding="utf-8")
    return place


def test_items_interactions_lists_and_linked_triples(folder, capsys):
    assert is_atomic(folder)
    tables = read_atomic(folder)
    assert tables.described.name == "books"
    assert tables.items == {1: ("Emma", 1815), 2: ("Ulysses", 1922), 3: ("Unread", None)}
    assert tables.interactions == {
        "u1": [(1, 10, 4.0), (2, 20, 5.0)],
        "u2": [(2, 30, 3.0), (1, 40, 3.0)],
    }
    attributes = {
        part.type: [(item, key) for item, key, _ in rows]
        for part, rows in zip(tables.described.attributes, tables.attributes, strict=True)
    }
    assert attributes == {
        "CLASS": [(1, "novel"), (1, "love"), (2, "novel")],
        "book.written_work.author": [(1, "m.austen")],
        "people.author.works": [(2, "m.joyce")],
    }
    assert [row.reason for row in tables.refused] == [
        "item 9 is not in items.csv",
        "item 7 is unknown",
    ]
    assert tables.rows_read == 3 + 5 + 3 + 4
    assert "2 of 3 items are linked" in capsys.readouterr().err


def test_interactions_alone(folder):
    for name in ("books.item", "books.link", "books.kg"):
        (folder / name).unlink()
    tables = read_atomic(folder)
    assert list(tables.items) == [1, 2, 9]
    assert not tables.attributes


def test_they_are_loaded_as_a_graph(bare_graph, folder, tmp_path):
    tables = read_atomic(folder)
    summary = load_folder(bare_graph, tables, test_fraction=0.5, quarantine=tmp_path / "q")
    assert (summary.split.users, summary.split.items, summary.split.held_out) == (2, 3, 2)
    assert "Emma (1815)" in read_catalogue(bare_graph).names


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("books.inter", "user_id:token\ttime:float\n1\t2", "has no column item_id; it has user_id"),
        ("books.inter", "", "has no column user_id"),
        ("books.kg", "head_id:token\ttail_id:token\n1\t2", "has no column relation_id"),
        ("books.link", "item_id:token\n1", "has no column entity_id"),
    ],
)
def test_a_column_that_is_missing(folder, name, text, message):
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=message):
        read_atomic(folder)


def test_recboles_own_example(ml_100k):
    wheel = fetch_wheel(ml_100k, RECBOLE)
    names = ("ml-100k.inter", "ml-100k.item", "ml-100k.kg", "ml-100k.link")
    with open_archive(wheel, "recbole/dataset_example/ml-100k", names, limit=64 << 20) as files:
        tables = read_atomic(cast("Path", files))
    assert (len(tables.users), len(tables.items)) == (943, 1682)
    assert sum(map(len, tables.interactions.values())) == 100_000
    roles = {part.type: part.role for part in tables.described.attributes}
    assert roles["CLASS"] is Role.GENRE
    assert len(roles) > 10
