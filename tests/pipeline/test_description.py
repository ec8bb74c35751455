"""Descriptions of graphs that something else has made."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.description import (
    AttributePart,
    Description,
    InteractionPart,
    ItemPart,
    LinkPart,
    UserPart,
    parse_description,
    read_description,
)
from pipeline.errors import ConfigError
from pipeline.schema import Role
from tests.support.shop import DESCRIPTION, described

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
attributes = st.builds(
    AttributePart, type=names, label=names, key=names, role=st.sampled_from(Role)
)
links = st.builds(
    LinkPart, type=names, weight=st.none() | names, direction=st.sampled_from(["both", "out"])
)


@given(
    st.builds(UserPart, label=names, key=names, name=st.none() | names),
    st.builds(ItemPart, label=names, key=names, year=st.none() | names),
    st.builds(InteractionPart, type=names, time=st.none() | names),
    st.lists(attributes, max_size=3, unique_by=(lambda part: part.type, lambda part: part.label)),
    st.lists(links, max_size=2, unique_by=lambda part: part.type),
)
def test_what_is_written_is_read_again(user, item, interaction, parts, linked):
    ordered = tuple(sorted(parts, key=lambda part: list(Role).index(part.role)))
    types = {part.type for part in parts}
    own = tuple(part for part in linked if part.type not in types)
    description = Description("shop", user, item, interaction, ordered, own[:1], own[1:])
    assert parse_description(tomllib.loads(description.to_toml()), "text") == description


def test_the_shop_has_the_types_of_its_owner_and_names_of_ours():
    schema = described().schema
    assert schema.attribute_relations == ("MADE BY", "FEATURES", "IN_SECTION")
    assert schema.roles["FEATURES"] is Role.ACTOR
    assert schema.attribute("MADE BY").by == "Made by"
    assert schema.attribute("FEATURES").by == "Maker"
    assert schema.words.saw == "bought"
    assert (schema.user, schema.rated) == ("RkanUser", "RKAN_RATED")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"nmae": 1}, "unknown key nmae; known: name, user, item, interaction, attribute"),
        ({"name": ""}, "name = '' must be a text"),
        ({"name": 3}, "name = 3 must be a text"),
        ({"user": 1}, "user must be a table, not 1"),
        ({"user": {"lable": "x"}}, "unknown key user.lable; did you mean user.label?"),
        ({"item": {"key": ""}}, r"item.key = '' must be"),
        ({"interaction": {"type": 3}}, "interaction.type = 3 must be"),
        ({"attribute": {"type": "X"}}, r"begin each one with \[\[attribute\]\]"),
        ({"attribute": [{"type": "X", "role": "brand"}]}, "attribute 1: role = 'brand' must be"),
        ({"attribute": [{"tpye": "X"}]}, "unknown key attribute 1: tpye"),
        ({"attribute": [{"type": "X"}, {"type": "X"}]}, "two attributes or links have the type X"),
        ({"item_link": [{"type": "IN_SECTION"}]}, "two attributes or links have the type IN_SEC"),
        ({"user_link": {"type": "X"}}, r"begin each one with \[\[user_link\]\]"),
        ({"user_link": [{"direction": "in"}]}, "user_link 1: direction = 'in' must be"),
        (
            {"attribute": [{"type": "X", "role": "genre"}, {"type": "Y", "role": "maker"}]},
            "Attribute nodes are genre for one type and maker for another",
        ),
    ],
)
def test_a_mistake_is_named(changes, message):
    with pytest.raises(ConfigError, match=message):
        parse_description(DESCRIPTION | changes, "shop.toml")


@pytest.mark.parametrize("key", ["name", "user", "item", "interaction"])
def test_a_section_that_is_missing_is_named(key):
    rest = {name: part for name, part in DESCRIPTION.items() if name != key}
    with pytest.raises(ConfigError, match=f"shop.toml: {key} is missing"):
        parse_description(rest, "shop.toml")


def test_a_file(tmp_path):
    file = tmp_path / "shop.toml"
    file.write_text(described().to_toml(), encoding="utf-8")
    assert read_description(file) == described()
    file.write_text("name = ", encoding="utf-8")
    with pytest.raises(ConfigError, match="not valid TOML"):
        read_description(file)
