"""Loads that meet: two at once, one that died, and one that goes on in another process."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.content.dataset import find_datasets, read_dataset
from pipeline.errors import GraphContentError, LockedError, PipelineError
from pipeline.graph import Graph
from pipeline.load import lock
from pipeline.load.kg import LoadSummary, load_kg
from pipeline.load.lock import load_lock
from pipeline.queries import Query
from pipeline.sources.csv_folder import read_csv_folder
from tests.support.small_source import NODES, small_folder, small_tables

GOING_ON = r"another load into bolt://\S+ is going on; wait .*--replace"
PATIENCE = 120.0  # seconds; a busy machine is slow to start a process


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(lock, "_LOAD", 2.0)


@pytest.fixture
def tables(tmp_path):
    return small_tables(tmp_path)


@pytest.fixture
def other(tables):
    return replace(tables, name="other", genres=tables.genres.iloc[1:])


def nodes(graph, label):
    text = f"MATCH (n:{label}) RETURN count(n)"
    return next(iter(graph.stream(Query("test", text, "", frozenset()))))[0]


def test_no_second_load_begins_while_one_goes_on(graph, tables, other, tmp_path, impatient):
    with Graph.open(graph.connection) as second:
        with load_lock(second):
            for replacing in (False, True):
                with pytest.raises(LockedError, match=GOING_ON):
                    load_kg(graph, other, quarantine=tmp_path, replace=replacing)
            assert find_datasets(graph) == []
        assert load_kg(graph, other, quarantine=tmp_path).dataset == "other"


def test_a_graph_that_holds_all_is_looked_up_also_while_it_is_locked(graph, tables, tmp_path):
    load_kg(graph, tables, quarantine=tmp_path)
    with load_lock(graph):
        assert load_kg(graph, tables, quarantine=tmp_path).unchanged


def test_nothing_of_a_lock_is_left_in_the_graph(graph):
    with load_lock(graph):
        assert nodes(graph, "LoadLock") == 0
    assert nodes(graph, "LoadLock") == 0


def test_a_lock_that_someone_stored_is_still_one(graph, tables, tmp_path, impatient):
    """As one does who runs the query in Neo4j Browser."""
    graph.write(Query("test", "CREATE (:LoadLock {name: 'load'})", "", frozenset()))
    with (
        load_lock(graph),
        Graph.open(graph.connection) as second,
        pytest.raises(LockedError, match=GOING_ON),
    ):
        load_kg(second, tables, quarantine=tmp_path)
    assert load_kg(graph, tables, quarantine=tmp_path).nodes == NODES


def test_an_error_within_a_load_is_not_hidden_by_a_lost_lock(graph):
    lonely = Graph.open(graph.connection)
    with pytest.raises(ZeroDivisionError), load_lock(lonely):
        lonely.close()
        raise ZeroDivisionError


def test_of_two_first_loads_at_once_one_wins(
    bare_graph, tables, other, tmp_path, monkeypatch, impatient
):
    """Both have seen the empty graph before either begins to write."""
    both = threading.Barrier(2)
    real = Graph.write

    def write(self, query, **parameters):
        if query.name == "schema/constraint_load_lock":
            both.wait(PATIENCE)
        return real(self, query, **parameters)

    ended: dict[str, LoadSummary | PipelineError] = {}

    def load(given):
        with Graph.open(bare_graph.connection) as graph:
            try:
                ended[given.name] = load_kg(graph, given, quarantine=tmp_path / given.name)
            except PipelineError as error:
                ended[given.name] = error

    with monkeypatch.context() as patch:
        patch.setattr(Graph, "write", write)
        threads = [threading.Thread(target=load, args=(given,)) for given in (tables, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    [(lost, error)] = [(n, each) for n, each in ended.items() if isinstance(each, PipelineError)]
    [(won, summary)] = [(n, each) for n, each in ended.items() if isinstance(each, LoadSummary)]
    # The second may also begin when the first has ended.
    assert isinstance(error, LockedError | GraphContentError)
    assert "--replace" in str(error)
    assert read_dataset(bare_graph).name == won
    assert summary.nodes == NODES
    loser = tables if lost == tables.name else other
    assert load_kg(bare_graph, loser, replace=True, quarantine=tmp_path).dataset == lost


def large_folder(parent):
    """A data set that takes some seconds to load."""
    folder = parent / "large"
    folder.mkdir()
    movies = (f"{movie},Film {movie},Drama" for movie in range(1, 251))
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *movies]))
    ratings = (f"{user},{movie},4,{movie}" for user in range(1, 401) for movie in range(1, 251))
    (folder / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *ratings]))
    return folder


@contextmanager
def loading(graph, folder, tmp_path):
    """Another process that loads the folder, and is killed in mid-work at the end."""
    process = start(graph, folder, tmp_path)
    try:
        deadline = time.monotonic() + PATIENCE
        while not nodes(graph, "User"):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.communicate()


def start(graph, folder, tmp_path, *options):
    password = tmp_path / "password"
    password.write_text(graph.connection.password)
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline", "load-kg", str(folder), *options],
        env=os.environ
        | {
            "NEO4J_URI": graph.connection.uri,
            "NEO4J_PASSWORD_FILE": str(password),
            "PIPELINE_HOME": str(tmp_path / f"home of {Path(folder).name}"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_a_load_in_another_process_keeps_others_away_until_it_dies(
    graph, tables, tmp_path, monkeypatch
):
    monkeypatch.setattr(lock, "_LOAD", 0.1)
    with (
        loading(graph, large_folder(tmp_path), tmp_path),
        pytest.raises(LockedError, match=GOING_ON),
    ):
        load_kg(graph, tables, quarantine=tmp_path, replace=True)
    monkeypatch.undo()
    with pytest.raises(GraphContentError, match=r"holds part of large .*--replace"):
        load_kg(graph, tables, quarantine=tmp_path)
    assert load_kg(graph, tables, quarantine=tmp_path, replace=True).nodes == NODES


@pytest.mark.slow
def test_a_load_that_was_killed_is_resumed(graph, tmp_path, capsys):
    folder = large_folder(tmp_path)
    with loading(graph, folder, tmp_path):
        pass
    assert not find_datasets(graph)[0][1]
    summary = load_kg(graph, read_csv_folder(folder), quarantine=tmp_path)
    assert "resuming the interrupted load" in capsys.readouterr().err
    assert (summary.train_ratings, summary.test_ratings) == (80_000, 20_000)


@pytest.mark.slow
def test_of_two_processes_that_load_at_once_one_wins(bare_graph, tables, tmp_path):
    folder = tmp_path / "small"
    (tmp_path / "second").mkdir()
    fewer = small_folder(tmp_path / "second", "fewer")
    text = (fewer / "ratings.csv").read_text()
    (fewer / "ratings.csv").write_text("\n".join(text.splitlines()[:6]))
    processes = {each.name: start(bare_graph, each, tmp_path) for each in (folder, fewer)}
    said = {name: process.communicate(timeout=PATIENCE) for name, process in processes.items()}
    codes = {name: process.returncode for name, process in processes.items()}
    assert sorted(codes.values()) == [0, 1], said
    [won] = [name for name, code in codes.items() if code == 0]
    [lost] = codes.keys() - {won}
    assert "--replace" in said[lost][1].splitlines()[-1]
    assert "Neo." not in said[lost][1]
    assert "Traceback" not in said[lost][1]
    assert read_dataset(bare_graph).name == won
    again = start(bare_graph, {"small": folder, "fewer": fewer}[lost], tmp_path, "--replace")
    assert again.communicate(timeout=PATIENCE)
    assert again.returncode == 0
    assert read_dataset(bare_graph).name == lost
