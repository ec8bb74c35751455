import json
import random
from dataclasses import asdict

import pytest

from pipeline.errors import ServerError
from pipeline.server.ports import Ports
from pipeline.server.remembered import recall, remember
from pipeline.server.state import ServerState

STATE = ServerState(7687, 7474, "5.26.30", 12, 3.5)
RIGHT = asdict(STATE)
FIX = "delete it"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "state.json"


def complaint(file, content):
    """What the error says is wrong; it must name the file and the fix."""
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ServerError) as caught:
        recall(ServerState, file, FIX)
    said = str(caught.value)
    assert said.startswith(f"{file} is damaged (")
    assert said.endswith(f"); {FIX}")
    return said.removeprefix(f"{file} is damaged (").removesuffix(f"); {FIX}")


@pytest.mark.parametrize(
    "value", [STATE, STATE.stopped(), ServerState(1, 65535, "", 2**31 - 1, 0.0), Ports(7687, 7474)]
)
def test_what_was_remembered_is_recalled(tmp_path, value):
    file = tmp_path / "new" / "state.json"
    assert recall(type(value), file, FIX) is None
    remember(file, value)
    assert recall(type(value), file, FIX) == value
    assert [each.name for each in file.parent.iterdir()] == ["state.json"]


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("bolt_port", "7687", "bolt_port = '7687': "),
        ("bolt_port", None, "bolt_port = None: "),
        ("bolt_port", True, "bolt_port = True: "),
        ("bolt_port", 7687.5, "bolt_port = 7687.5: "),
        ("bolt_port", 0, "bolt_port = 0: "),
        ("http_port", 65536, "http_port = 65536: "),
        ("http_port", [7474], "http_port = [7474]: "),
        ("version", 5.26, "version = 5.26: "),
        ("pid", "12", "pid = '12': "),
        ("pid", -1, "pid = -1: "),
        ("pid", 2**70, "pid = 1180591620717411303424: "),
        ("pid", {}, "pid = {}: "),
        ("started", "now", "started = 'now': "),
        ("started", float("nan"), "started = nan: "),
        ("started", float("inf"), "started = inf: "),
        ("surprise", 1, "surprise = 1: "),
    ],
)
def test_a_wrong_value_is_named_and_shown(file, name, value, shown):
    assert complaint(file, json.dumps({**RIGHT, name: value})).startswith(shown)


@pytest.mark.parametrize("name", ["bolt_port", "http_port", "version"])
def test_a_missing_key_is_named(file, name):
    content = {key: value for key, value in RIGHT.items() if key != name}
    assert complaint(file, json.dumps(content)) == f"{name} is missing"


@pytest.mark.parametrize("content", ["[]", "7687", "null", "true", '"text"', "[[[[1]]]]"])
def test_what_is_no_object_is_refused(file, content):
    complaint(file, content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 60,
        b"{",
        b"not JSON",
        b'{"bolt_port": 0x10}',
        b'{"version": "\xff\xfe"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 100_000,
    ],
    ids=range(9),
)
def test_what_is_no_json_is_refused(file, content):
    assert len(complaint(file, content)) < 200


def test_a_long_value_is_shortened(file):
    assert len(complaint(file, json.dumps({**RIGHT, "pid": "x" * 10_000}))) < 200


def test_a_file_changed_anywhere_is_recalled_with_its_types_or_refused(file):
    """A changed digit of a port is a port; nothing but a state or a ServerError comes out."""
    draw = random.Random(1)
    remember(file, STATE)
    content = file.read_bytes()
    refused = 0
    for _ in range(500):
        changed = bytearray(content)
        for _ in range(draw.choice([1, 1, 2, 8])):
            changed[draw.randrange(len(changed))] = draw.randrange(256)
        file.write_bytes(changed[: draw.choice([len(changed), draw.randrange(len(changed))])])
        try:
            found = recall(ServerState, file, FIX)
        except ServerError:
            refused += 1
        else:
            assert isinstance(found, ServerState)
            assert 0 < found.bolt_port < 65536 and 0 < found.http_port < 65536
            assert isinstance(found.version, str)
    assert refused > 400
