"""pipeline enrich, as it is typed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.server.credentials import read_password
from tests.support.film_graph import load_films

ROOT = Path(__file__).parents[3]


@pytest.fixture
def run(graph, server, tmp_path):
    """Runs pipeline enrich against the tests' server."""

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "pipeline", "enrich", *arguments, "--home", tmp_path / "home"],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={
                **os.environ,
                "NEO4J_URI": server.uri,
                "NEO4J_PASSWORD": read_password(server.password_file),
            },
            check=False,
        )

    return run


def test_one_line_says_what_was_written_and_then_that_nothing_changed(run, graph, tmp_path):
    load_films(graph, tmp_path)
    done = run("--similar", "cosine", "--neighbours", "2")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith("films: ")
    assert "WATCHED_NEXT" in line
    assert "SIMILAR (cosine), at most 2 of each per movie (" in line
    assert run("--similar", "cosine", "--neighbours", "2").stdout == (
        line[: line.rindex("(")] + "(nothing changed)\n"
    )


def test_json_and_removal(run, graph, tmp_path):
    load_films(graph, tmp_path)
    summary = json.loads(run("--json").stdout)
    assert (summary["method"], summary["unchanged"]) == ("ease", False)
    gone = json.loads(run("--remove", "--json").stdout)
    assert gone == {"relationships_removed": summary["watched_next"] + summary["similar"]}
    again = run("--remove")
    assert again.returncode == 1
    assert again.stderr.splitlines()[-1].startswith("Error: films has no derived")


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
    assert done.returncode == code
    assert message in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
