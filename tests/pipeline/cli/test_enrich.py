"""pipeline enrich, as it is typed."""

import json

import pytest

from pipeline.server.credentials import read_password
from tests.support.command_line import typed
from tests.support.film_graph import load_films


@pytest.fixture
def run(graph, server, monkeypatch, tmp_path):
    """Runs pipeline enrich against the tests' server."""
    monkeypatch.setenv("NEO4J_URI", server.uri)
    monkeypatch.setenv("NEO4J_PASSWORD", read_password(server.password_file))

    def run(*arguments):
        return typed("enrich", *arguments, "--home", tmp_path / "home")

    return run


def test_a_line_says_what_was_written_and_then_that_nothing_changed(run, graph, tmp_path):
    load_films(graph, tmp_path)
    done = run("--similar", "cosine", "--neighbours", "2")
    assert done.code == 0, done.err
    line, _, following = done.out.splitlines()
    assert following.startswith("Next: pipeline train")
    assert line.startswith("films: ")
    assert "WATCHED_NEXT" in line
    assert "SIMILAR (cosine), about 2 of each per movie, and " in line
    assert " WATCHED_ALIKE between users (" in line
    again = run("--similar", "cosine", "--neighbours", "2").out.splitlines()
    assert again[0] == line[: line.rindex("(")] + "(nothing changed)"


def test_json_and_removal(run, graph, tmp_path):
    load_films(graph, tmp_path)
    summary = json.loads(run("--json").out)
    assert (summary["method"], summary["unchanged"]) == ("ease", False)
    written = [summary[name] for name in ("watched_next", "similar", "watched_alike")]
    assert min(written) > 0
    gone = json.loads(run("--remove", "--json").out)
    assert gone == {"relationships_removed": sum(written)}
    again = run("--remove")
    assert again.code == 1
    assert again.err.splitlines()[-1].startswith("Error: films has no derived")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 1, "the graph is empty"),
        (["--neighbours", "0"], 2, "'--neighbours'"),
        (["--similar", "jaccard"], 2, "'--similar'"),
    ],
)
def test_wrong_use_ends_in_one_line(run, arguments, code, message):
    done = run(*arguments)
    assert done.code == code
    assert message in done.err.splitlines()[-1]
