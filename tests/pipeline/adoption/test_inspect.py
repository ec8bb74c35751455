"""What a graph holds, and the description that is proposed."""

import tomllib

import pytest

from pipeline.adoption.inspect import Label, Property, Tie, inspect_graph, propose
from pipeline.description import parse_description
from pipeline.errors import GraphContentError
from pipeline.schema import Role
from tests.support.shop import described, make_shop, raw, split_shop


def unique(name, *types, distinct=True, constrained=False):
    return Property(name, types or ("INTEGER",), 1.0, distinct, constrained)


def test_the_shop_is_recognised(graph):
    make_shop(graph)
    graph.write(raw("CREATE CONSTRAINT FOR (c:Customer) REQUIRE c.number IS UNIQUE"))
    graph.write(raw("CREATE CONSTRAINT FOR (p:`Pro``duct`) REQUIRE p.sku IS UNIQUE"))
    found = inspect_graph(graph, "shop")
    proposed, wanted = found.proposed, described()
    assert proposed is not None
    assert (proposed.user.label, proposed.user.key) == ("Customer", "number")
    assert proposed.item.key == "sku"
    assert proposed.item.label in ("Pro`duct", "Sold")
    assert proposed.item.year == "released"
    assert proposed.interaction.type == "BOUGHT"
    assert (proposed.interaction.time, proposed.interaction.rating) == ("at", "stars")
    assert {each.type for each in proposed.attributes} == {each.type for each in wanted.attributes}
    assert {each.name for each in found.labels} == {
        "Customer",
        "Pro`duct",
        "Sold",
        "Maker",
        "Section",
    }


def test_what_the_pipeline_added_is_left_out(graph):
    make_shop(graph)
    before = inspect_graph(graph)
    split_shop(graph)
    after = inspect_graph(graph)
    assert after.labels == before.labels
    assert after.ties == before.ties


def test_an_empty_graph(graph):
    with pytest.raises(GraphContentError, match="the graph is empty"):
        inspect_graph(graph)


def tie(kind, source, target, number, sources, targets, *properties):
    return Tie(kind, source, target, number, sources, targets, properties)


READER = Label("Reader", 100, (unique("id"), unique("name", "STRING", distinct=False)))
BOOK = Label("Book", 1000, (unique("isbn", "STRING"), unique("title", "STRING")))
AUTHOR = Label("Author", 400, (unique("id"), unique("name", "STRING")))
SHELF = Label("Shelf", 10, (unique("name", "STRING"),))
READ = tie("READ", "Reader", "Book", 5000, 100, 900, Property("on", ("DATE",), 1.0))
WROTE = tie("WROTE", "Author", "Book", 1200, 400, 1000)
ON = tie("ON", "Book", "Shelf", 1000, 1000, 10)


def test_the_roles_of_attributes_are_guessed_from_numbers():
    found = propose([READER, BOOK, AUTHOR, SHELF], [READ, WROTE, ON], "books")
    assert found.proposed is not None
    roles = {each.type: each.role for each in found.proposed.attributes}
    assert roles == {"WROTE": Role.MAKER, "ON": Role.GENRE}
    assert found.proposed.item.name == "title"
    assert found.proposed.interaction.time == "on"
    assert any("ON: role genre" in each for each in found.unsure)
    assert any("no constraint says so" in each for each in found.unsure)


def test_nothing_is_proposed_without_an_interaction_or_a_key():
    nothing = propose([READER, BOOK], [tie("OWNS", "Reader", "Book", 100, 100, 100)], "books")
    assert nothing.proposed is None
    assert nothing.unsure == ["no relationship joins many to many"]
    keyless = Label("Book", 1000, (unique("title", "STRING", distinct=False),))
    found = propose([READER, keyless], [READ], "books")
    assert found.proposed is None
    assert any("Book: no property tells its nodes apart" in each for each in found.unsure)


def test_a_type_is_proposed_once():
    """As a link between items, else as one between users, else as an attribute."""
    novel = Label("Novel", 1000, BOOK.properties)  # books have two labels
    ends = (("Book", "Book"), ("Book", "Novel"), ("Reader", "Reader"))
    ties = [tie("LIKE", *each, 900, 300, 300) for each in ends]
    ties += [tie("KNOWS", *ends[2], 800, 100, 100, Property("weight", ("FLOAT",), 1.0))]
    found = propose([READER, BOOK, SHELF, novel], [READ, ON, *ties], "books").proposed
    assert found is not None
    assert [each.type for each in found.attributes] == ["ON"]
    assert [each.type for each in found.item_links] == ["LIKE"]
    assert [(each.type, each.weight) for each in found.user_links] == [("KNOWS", "weight")]
    assert parse_description(tomllib.loads(found.to_toml()), "proposed") == found
