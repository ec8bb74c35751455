"""Facts that stand on wrong items are noticed by who chose the items, and others are not."""

import json

import numpy as np
import pytest

from pipeline.errors import SourceError
from pipeline.load.facts import read_own_tables
from pipeline.server.credentials import read_password
from pipeline.sources.attribute_checks import check_attributes
from pipeline.sources.described import DescribedTables
from tests.support.command_line import typed

ITEMS, MAKERS, USERS = 360, 60, 300
GENRES = ("novel", "poem", "play", "essay")


def table(header, rows):
    return "\n".join(["\t".join(header), *("\t".join(map(str, row)) for row in rows), ""])


@pytest.fixture
def books(tmp_path):
    """RecBole's files: each user reads most books of two authors, and some others."""
    rng = np.random.default_rng(0)
    author = np.arange(ITEMS) % MAKERS
    read = []
    for user in range(USERS):
        liked = np.isin(author, rng.choice(MAKERS, 2, replace=False))
        chosen = np.flatnonzero(rng.random(ITEMS) < np.where(liked, 0.7, 0.1))
        read += [(f"u{user}", item) for item in chosen]
    folder = tmp_path / "books"
    folder.mkdir()
    texts = {
        "inter": table(("user_id:token", "item_id:token"), read),
        "item": table(
            ("item_id:token", "class:token_seq"), ((i, GENRES[a % 4]) for i, a in enumerate(author))
        ),
        "kg": table(
            ("head_id:token", "relation_id:token", "tail_id:token"),
            ((f"m.{i}", "book.author", f"a.{a}") for i, a in enumerate(author)),
        ),
    }
    for kind, text in texts.items():
        (folder / f"books.{kind}").write_text(text, encoding="utf-8")
    link(folder, range(ITEMS))
    return folder


def link(folder, entities):
    rows = ((item, f"m.{entity}") for item, entity in enumerate(entities))
    text = table(("item_id:token", "entity_id:token"), rows)
    (folder / "books.link").write_text(text, encoding="utf-8")


def shuffle(folder, seed=1):
    link(folder, np.random.default_rng(seed).permutation(ITEMS))


def few_users(folder, number):
    lines = (folder / "books.inter").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines[1:] if int(line.split("\t")[0][1:]) < number]
    (folder / "books.inter").write_text("\n".join([lines[0], *kept, ""]), encoding="utf-8")


def test_right_facts_are_reported_without_a_warning(books):
    tables = read_own_tables(books, strict_links=True)
    [check] = tables.checks  # the four genres are no rare attributes
    assert check.pairs == MAKERS * 15  # six books of each author
    assert check.alike > 1.5 * check.by_chance
    assert "books.kg: items that share an attribute are " in check.line


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shuffled_links_are_noticed_and_refused_if_asked(books, seed, capsys):
    shuffle(books, seed)
    tables = read_own_tables(books)
    [warning] = tables.warnings
    assert warning.startswith(
        "books.kg: items that share an attribute are as unlike in their users"
    )
    assert f"warning: {warning}" in capsys.readouterr().err
    with pytest.raises(SourceError, match=r"wrong items; load without --strict-links"):
        read_own_tables(books, strict_links=True)


def test_with_few_users_the_genres_of_another_file_are_compared(books):
    few_users(books, 2)
    [check] = read_own_tables(books).checks
    assert (check.file, check.of, check.alike, check.warnings) == ("books.kg", "genre", 1.0, [])
    shuffle(books)
    [check] = read_own_tables(books).checks
    assert check.of == "genre"
    assert len(check.warnings) == 1


def test_where_nothing_can_be_concluded_nothing_is_said(books):
    few_users(books, 2)
    (books / "books.item").unlink()
    shuffle(books)
    tables = read_own_tables(books, strict_links=True)
    assert tables.checks == []
    assert check_attributes(DescribedTables(tables.described, books)) == []


def test_the_load_says_it(bare_graph, books, server, monkeypatch, tmp_path):
    monkeypatch.setenv("NEO4J_URI", server.uri)
    monkeypatch.setenv("NEO4J_PASSWORD", read_password(server.password_file))
    load = ("load-kg", books, "--home", tmp_path / "home")
    assert "Facts: books.kg: items that share" in typed(*load).out
    shuffle(books)
    refused = typed(*load, "--replace", "--strict-links")
    assert (refused.code, "wrong items" in refused.err) == (1, True)
    done = typed(*load, "--replace", "--json")
    assert "warning: books.kg: " in done.err
    assert len(json.loads(done.out)["facts"]) == 1
