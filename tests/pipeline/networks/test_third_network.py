"""A third network is a kind and a line in the registry; every command then knows it."""

import json

import pytest
import torch
from click.testing import CliRunner

from model.checkpoint import load_checkpoint
from pipeline.cli import cli
from pipeline.networks.configuration import load_config
from pipeline.networks.registry import NETWORKS
from pipeline.runs.train import train
from tests.support.runs import dying_after
from tests.support.tiny_network import TinyKind


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setitem(NETWORKS, "tiny", TinyKind())


@pytest.fixture
def typed(home):
    def typed(*arguments):
        done = CliRunner().invoke(cli, ["--home", str(home.root), *map(str, arguments), "--json"])
        assert done.exit_code == 0, (done.output, done.exception)
        return json.loads(done.stdout)

    return typed


def test_it_trains_recommends_explains_and_is_evaluated(graph, films, typed):
    trained = typed("train", "--model", "tiny")
    assert trained["run_id"].startswith("tiny-films-")
    recommended = typed("recommend", "--run-id", trained["run_id"])
    assert recommended["recommendations"] == 4 + 4 + 0 + 7
    [first, *_] = typed("explain", 1)
    assert first["run_id"] == trained["run_id"]
    assert any("also" in sentence for each in typed("explain", 1) for sentence in each["sentences"])
    rows = typed("evaluate")["rows"]
    assert {row["method"] for row in rows} == {"Tiny", "most popular"}


def test_it_is_compared(graph, films, typed, tmp_path):
    report = typed("compare", "--methods", "popular,tiny", "--output", tmp_path / "out")
    figures = {row["method"]: row["mean"] for row in report["metrics"] if row["metric"] == "P@1"}
    assert set(figures) == {"popular", "tiny"}
    assert all(0 <= figure <= 1 for figure in figures.values())


def test_it_resumes_bit_by_bit(graph, films, place):
    config = load_config(overrides={"model.name": "tiny"})
    with dying_after(1):
        train(graph, place, config)
    resumed = train(graph, place, config, resume="always")
    assert resumed.resumed
    file = resumed.checkpoint
    weights = load_checkpoint(file).weights["liking"].clone()
    again = train(graph, place, config)
    assert torch.equal(weights, load_checkpoint(again.checkpoint).weights["liking"])


def test_help_and_messages_know_it():
    done = CliRunner().invoke(cli, ["train", "--help"])
    assert "tiny" in done.stdout
    wrong = CliRunner().invoke(cli, ["train", "--model", "tiny", "--embedding-dim", "3"])
    assert "--embedding-dim is an option of rkan, not of tiny" in str(wrong.exception)
    wrong = CliRunner().invoke(cli, ["train", "--model", "tiny", "--max-hops", "3"])
    assert "--max-hops is an option of rkan-history and rkan, not of tiny" in str(wrong.exception)
    wrong = CliRunner().invoke(cli, ["train", "--set", "train.num_negs_per_pos=3"])
    assert "rkan-history has no setting train.num_negs_per_pos; rkan has it" in str(wrong.exception)
