"""A run over several sizes that is interrupted, and goes on."""

import json

import pytest

from benchmarks import scale_stages
from benchmarks.scale_process import Stage
from benchmarks.scale_sizes import Sizes
from benchmarks.scale_stages import GENERATE, STAGES, Run, measure
from pipeline.server import managed
from pipeline.server.types import ServerStatus

SIZES = Sizes(1_000, 10, 100, 50, tables=8.0, histories=1.0, vocabulary=0.5)


@pytest.fixture
def ran(monkeypatch):
    """The names of the stages that were run; no process and no server are started."""
    names: list[str] = []

    def stage(name, *_):
        names.append(name)
        return Stage(name, 1.0, 2.0, problem="failed" if name in failing else None)

    failing: set[str] = set()
    monkeypatch.setattr(scale_stages, "run_python", stage)
    monkeypatch.setattr(scale_stages, "_command", lambda _, name, *rest: stage(name))
    monkeypatch.setattr(scale_stages, "read_sizes", lambda _: SIZES)
    status = ServerStatus("managed", running=True, uri="bolt://localhost:1", user="neo4j")
    monkeypatch.setattr(managed, "start", lambda *_, **__: status)
    return names, failing


def whole(keep, until="recommend") -> Run:
    return list(measure(0.01, 0, 60, "1g", keep, until))[-1]


def test_a_kept_run_goes_on_after_its_last_stage(ran, tmp_path):
    names, _ = ran
    first = whole(tmp_path, until="enrich")
    assert names == [GENERATE, "load-kg", "enrich"]
    assert first.sizes == SIZES
    names.clear()
    assert whole(tmp_path).stages[: len(first.stages)] == first.stages
    assert names == ["train", "recommend"]
    names.clear()
    assert [each.name for each in whole(tmp_path).stages] == [GENERATE, *STAGES]
    assert names == []


def test_a_kept_run_tries_again_what_did_not_end(ran, tmp_path):
    names, failing = ran
    failing.add("enrich")
    assert [each.problem for each in whole(tmp_path).stages[2:]] == [
        "failed",
        "did not run",
        "did not run",
    ]
    failing.clear()
    names.clear()
    assert not any(each.problem for each in whole(tmp_path).stages)
    assert names == ["enrich", "train", "recommend"]


def test_other_data_has_other_figures(ran, tmp_path):
    names, _ = ran
    whole(tmp_path, until=GENERATE)
    list(measure(0.01, 1, 60, "1g", tmp_path, GENERATE))
    assert names == [GENERATE, GENERATE]
    (folder,) = tmp_path.glob("*-seed-1")
    assert json.loads((folder / "figures.json").read_text())["fraction"] == 0.01


def test_without_a_folder_nothing_is_kept(ran):
    names, _ = ran
    whole(None, until="load-kg")
    assert names == [GENERATE, "load-kg"]
