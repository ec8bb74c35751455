"""pipeline load-kg, as it is typed."""

import json
from functools import partial
from pathlib import Path

import pytest

from pipeline.server.credentials import read_password
from tests.support.command_line import typed
from tests.support.small_source import NODES, RELATIONSHIPS, small_folder


@pytest.fixture
def pipeline(graph, server, monkeypatch, tmp_path):
    """Runs a command against the tests' server, with a home of its own for the quarantine file."""
    monkeypatch.setenv("NEO4J_URI", server.uri)
    monkeypatch.setenv("NEO4J_PASSWORD", read_password(server.password_file))

    def run(*arguments):
        return typed(*arguments, "--home", tmp_path / "home")

    return run


@pytest.fixture
def load(pipeline):
    return partial(pipeline, "load-kg")


def test_a_folder_is_loaded_and_summed_up_as_json(load, tmp_path):
    done = load(small_folder(tmp_path), "--json")
    assert done.code == 0, done.err
    summary = json.loads(done.out)
    assert summary["nodes"] == NODES
    assert summary["relationships"] == RELATIONSHIPS
    assert (summary["rows_read"], summary["rows_loaded"], summary["rows_refused"]) == (20, 18, 2)
    assert Path(summary["quarantine"]) == tmp_path / "home" / "quarantine" / "small.csv"
    assert "source: small: ratings.csv and movies.csv" in done.err
    again = json.loads(load("--dataset", tmp_path / "small", "--json").out)
    assert again["unchanged"]


def test_people_see_a_table(load, tmp_path):
    done = load(small_folder(tmp_path))
    assert done.code == 0, done.err
    for word in ("small in the graph", "HELD_OUT", "rows refused", "small.csv", "Source:"):
        assert word in done.out


def test_the_split_is_chosen_and_status_shows_it(load, pipeline, tmp_path):
    done = load(small_folder(tmp_path), "--split", "global-time", "--tie-seed", "5")
    assert done.code == 0, done.err
    assert "global-time" in done.out
    assert "split global-time, tie seed 5" in pipeline("status").out
    held = json.loads(pipeline("status", "--json").out)["dataset"]
    assert (held["split"], held["tie_seed"], held["complete"]) == ("global-time", 5, True)


def test_another_data_set_is_refused_in_one_line(load, tmp_path):
    folder = small_folder(tmp_path)
    load(folder)
    refused = load(folder, "--test-fraction", "0.5")
    assert refused.code == 1
    assert refused.out == ""
    assert refused.err.splitlines()[-1].startswith("Error: the graph holds small")
    assert load(folder, "--test-fraction", "0.5", "--replace").code == 0


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
    done = typed("load-kg", *arguments, "--home", tmp_path)
    assert done.code == code
    assert message in done.err.splitlines()[-1]
    assert not list(tmp_path.iterdir())


def test_a_damaged_file_ends_in_one_line(tmp_path):
    folder = small_folder(tmp_path)
    (folder / "ratings.csv").write_text("userId,movieId\n1,2\n")
    done = typed("load-kg", folder, "--home", tmp_path / "home")
    assert done.code == 1
    (line,) = done.err.splitlines()
    assert line.startswith(f"Error: {folder / 'ratings.csv'}: no column timestamp")
