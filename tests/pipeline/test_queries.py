"""Query files are documented, parameterised as they say, and use the schema's names."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from pipeline.queries import QueryFileError, load_query, parse_query
from pipeline.schema import KNOWS, LINKED, MOVIELENS

ROOT = Path(str(files("cypher")))
NAMES = sorted(str(f.relative_to(ROOT).with_suffix("")) for f in ROOT.rglob("*.cypher"))

GOOD = """// Finds a user.
// Parameters: $userId
// Returns: u
MATCH (u:User {userId: $userId}) RETURN u"""


@pytest.mark.parametrize("name", NAMES)
def test_every_query_file_loads(name):
    assert load_query(name).description


@pytest.mark.parametrize("name", NAMES)
def test_every_query_file_uses_only_the_names_of_the_schema(name):
    text = re.sub(r"//[^\n]*|'[^']*'|`[^`]*`|\{[^{}]*\}", " ", load_query(name).text)
    patterns = re.findall(r"[(\[]\s*\w*\s*:\s*([\w|:!&]+)", text)
    used = {word for pattern in patterns for word in re.findall(r"[A-Za-z_]\w*", pattern)}
    assert used <= {*MOVIELENS.keys, *MOVIELENS.relations, MOVIELENS.loaded, LINKED, KNOWS}


def test_the_comment_becomes_the_description():
    query = parse_query("read/user", GOOD)
    assert query.description == "Finds a user."
    assert query.parameters == {"userId"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "contains no query"),
        ("// Only a comment.\n// Parameters: none\n// Returns: nothing", "contains no query"),
        ("RETURN 1", "needs a description"),
        (GOOD.replace("$userId})", "$user})"), r"different parameters: \['user', 'userId'\]"),
        (
            GOOD.replace("Parameters: $userId", "Parameters: none"),
            r"different parameters: \['userId'\]",
        ),
    ],
)
def test_a_file_that_contradicts_its_comment_is_refused(text, complaint):
    with pytest.raises(QueryFileError, match=complaint):
        parse_query("read/user", text)


def test_a_dollar_inside_a_string_is_no_parameter():
    query = parse_query("x", GOOD.replace("RETURN u", "RETURN u, '$notOne'"))
    assert query.parameters == {"userId"}


def test_an_unknown_file_is_named():
    with pytest.raises(QueryFileError, match=r"cypher/read/nothing\.cypher"):
        load_query("read/nothing")
