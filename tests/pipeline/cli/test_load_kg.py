"""pipeline load-kg, as it is typed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.server.credentials import read_password
from tests.support.small_source import NODES, RELATIONSHIPS, small_folder

ROOT = Path(__file__).parents[3]


def pipeline(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
    )


@pytest.fixture
def load(graph, server, tmp_path):
    """Runs load-kg against the tests' server, with a home of its own for the quarantine file."""

    def run(*arguments):
        return pipeline(
            "load-kg",
            *arguments,
            "--home",
            tmp_path / "home",
            NEO4J_URI=server.uri,
            NEO4J_PASSWORD=read_password(server.password_file),
        )

    return run


def test_a_folder_is_loaded_and_summed_up_as_json(load, tmp_path):
    done = load(small_folder(tmp_path), "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["nodes"] == NODES
    assert summary["relationships"] == RELATIONSHIPS
    assert (summary["rows_read"], summary["rows_loaded"], summary["rows_refused"]) == (20, 18, 2)
    assert Path(summary["quarantine"]) == tmp_path / "home" / "quarantine" / "small.csv"
    assert "source: small: ratings.csv and movies.csv" in done.stderr
    again = json.loads(load("--dataset", tmp_path / "small", "--json").stdout)
    assert again["unchanged"]


def test_people_see_a_table(load, tmp_path):
    done = load(small_folder(tmp_path))
    assert done.returncode == 0, done.stderr
    for word in ("small in the graph", "HELD_OUT", "rows refused", "small.csv", "Source:"):
        assert word in done.stdout


def test_the_split_is_chosen_and_status_shows_it(load, tmp_path, server):
    done = load(small_folder(tmp_path), "--split", "global-time", "--tie-seed", "5")
    assert done.returncode == 0, done.stderr
    assert "global-time" in done.stdout
    place = ["--home", tmp_path / "home"]
    address = {"NEO4J_URI": server.uri, "NEO4J_PASSWORD": read_password(server.password_file)}
    assert "split global-time, tie seed 5" in pipeline("status", *place, **address).stdout
    held = json.loads(pipeline("status", "--json", *place, **address).stdout)["dataset"]
    assert (held["split"], held["tie_seed"], held["complete"]) == ("global-time", 5, True)


def test_another_data_set_is_refused_in_one_line(load, tmp_path):
    folder = small_folder(tmp_path)
    load(folder)
    refused = load(folder, "--test-fraction", "0.5")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.splitlines()[-1].startswith("Error: the graph holds small")
    assert "Traceback" not in refused.stderr
    assert load(folder, "--test-fraction", "0.5", "--replace").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "give one data set"),
        (["a", "--dataset", "b"], 2, "give one data set"),
        (["absent-folder"], 1, "absent-folder"),
        (["absent-folder", "--test-fraction", "1"], 2, "test fraction 1.0 must be"),
        (["absent-folder", "--split", "random"], 2, "'random' is not one of"),
        (["absent-folder", "--tie-seed", "-1"], 2, "tie seed -1 must be"),
    ],
)
def test_wrong_use_ends_in_one_line(arguments, code, message, tmp_path):
    done = pipeline("load-kg", *arguments, "--home", tmp_path)
    assert done.returncode == code
    assert message in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_damaged_file_ends_in_one_line(tmp_path):
    folder = small_folder(tmp_path)
    (folder / "ratings.csv").write_text("userId,movieId\n1,2\n")
    done = pipeline("load-kg", folder, "--home", tmp_path / "home")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Error: {folder / 'ratings.csv'}: no column timestamp")
