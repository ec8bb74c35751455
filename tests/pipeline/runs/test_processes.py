import json
import re
import signal
from pathlib import Path

import numpy as np
import pytest

from model.checkpoint import load_checkpoint
from model.training import processes
from pipeline.content.histories import read_histories
from pipeline.networks.configuration import load_config
from pipeline.networks.rkan.pairs import TrainingPairs
from pipeline.paths.config import PathConfig
from pipeline.runs.checkpoints import UNFINISHED
from pipeline.runs.train import train
from tests.support import two_processes
from tests.support.small_settings import QUICK, QUICK_HISTORY

HISTORY = QUICK_HISTORY | {"train.epochs": 2, "train.sequence_epochs": 1, "history.epochs": 2}
FAITHFUL = QUICK | {"model.name": "rkan", "train.epochs": 3, "train.validation_fraction": 0.3}
DIES_AFTER_AN_EPOCH = """
import os, signal
from pipeline.cli import main
from model.training import trainer
step, steps = trainer.Trainer._step, []
def dying(self, batch, epoch):
    if epoch == 2 and os.environ["RANK"] == "1":
        os.kill(os.getpid(), signal.SIGKILL)
    return step(self, batch, epoch)
trainer.Trainer._step = dying
main()
"""


def arguments(place, settings, *more):
    sets = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    return ["train", "--home", str(place.root), *sets, *more]


def environment(graph):
    """The server of the tests, by the scheme that spreads reads over the members of a cluster."""
    connection = graph.connection
    return {
        "NEO4J_URI": connection.uri.replace("bolt://", "neo4j://"),
        "NEO4J_USERNAME": connection.user,
        "NEO4J_PASSWORD": connection.password,
    }


@pytest.mark.parametrize("settings", [HISTORY, FAITHFUL], ids=["rkan-history", "rkan"])
def test_two_processes_train_one_run(graph, films, place, tmp_path, settings):
    both = two_processes.start(
        "-m", "pipeline", *arguments(place, settings, "--json"), **environment(graph)
    )
    (output, errors), (second, silence) = two_processes.finish(both)
    assert [process.returncode for process in both] == [0, 0], errors
    assert (second, silence) == ("", "")
    found = json.loads(output)
    alone = train(graph, type(place)(tmp_path / "alone"), load_config(overrides=settings))
    assert found["run_id"] == alone.run_id
    assert found["history"].keys() == alone.history.keys()
    for phase, records in alone.history.items():
        pairs = [record.get("pairs") for record in found["history"][phase]]
        assert pairs == [record.get("pairs") for record in records], phase  # each user once
    assert (
        load_checkpoint(alone.checkpoint).sizes == load_checkpoint(Path(found["checkpoint"])).sizes
    )


def test_a_process_that_is_killed_ends_the_run_which_can_be_resumed(graph, films, place):
    command = ["-c", DIES_AFTER_AN_EPOCH, *arguments(place, FAITHFUL)]
    both = two_processes.start(*command, **environment(graph))
    (_, errors), _ = two_processes.finish(both)
    assert [process.returncode for process in both] == [1, -signal.SIGKILL]
    assert re.search(r"Error: another process of this training ended.*add --resume", errors, re.S)
    assert "Traceback" not in errors
    [file] = place.checkpoints.glob(f"*/{UNFINISHED}")
    assert load_checkpoint(file).epoch == 1
    resumed = train(graph, place, load_config(overrides=FAITHFUL), resume="always")
    assert resumed.resumed
    assert [record["epoch"] for record in resumed.history["select"]] == [0, 1, 2, 3]


@pytest.mark.parametrize("count", [2, 3])
def test_each_user_is_drawn_by_one_process_with_the_same_pairs(graph, films, monkeypatch, count):
    source = TrainingPairs(
        graph, read_histories(graph), PathConfig(), num_negs_per_pos=1, seed=(0, 1)
    )
    whole = {pairs.user: pairs.movies.tolist() for pairs in source.pairs(1)}
    monkeypatch.setattr(processes, "num_processes", lambda: count)
    parts: dict[int, list[int]] = {}
    for rank in range(count):
        monkeypatch.setattr(processes, "rank", lambda rank=rank: rank)
        own = {pairs.user: pairs.movies.tolist() for pairs in source.pairs(1)}
        assert parts.keys().isdisjoint(own)
        parts |= own
    assert parts == whole
    assert np.unique(list(parts)).size == len(whole)


def test_processes_that_cannot_meet_are_an_error(graph, films, place):
    [first, second] = two_processes.start(
        "-m", "pipeline", *arguments(place, FAITHFUL), **environment(graph) | {"MASTER_PORT": "x"}
    )
    (_, errors), _ = two_processes.finish([first, second])
    assert first.returncode == 2
    assert "the 2 processes cannot connect to each other" in " ".join(errors.split())
    assert "Traceback" not in errors
