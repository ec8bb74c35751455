"""Commands as processes, memory from /proc, and the command line."""

import os
import sys

import pytest
from click.testing import CliRunner

from benchmarks import memory
from benchmarks.__main__ import command
from benchmarks.commands import run
from benchmarks.errors import FailedCommandError
from benchmarks.server import temporary_home
from benchmarks.stages import STAGES
from pipeline.home import CACHE_VARIABLE, HOME_VARIABLE

linux = pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")


def test_a_command_is_timed():
    block, _ = run(["-c", "import time; time.sleep(0.3)"])
    assert 0.3 <= block.seconds < 60
    assert block.units == 1


@linux
def test_the_memory_of_a_command_is_its_own():
    ballast = bytearray(300 * 2**20)  # what this process holds does not count
    _, peaks = run(["-c", "import time; x = bytearray(80 * 2**20); time.sleep(0.5)"])
    assert 80 <= (peaks.python or 0) < len(ballast) / 2**20


def test_a_command_that_fails_says_why():
    with pytest.raises(FailedCommandError, match="out of luck"):
        run(["-c", "raise SystemExit('out of luck')"])


@linux
def test_a_peak_is_that_of_the_block():
    with memory.watched(None) as before:
        pass
    with memory.watched(None) as during:
        ballast = bytearray(200 * 2**20)
    del ballast
    assert before.python is not None
    assert during.python is not None
    assert during.python >= before.python + 190
    assert during.server is None


def test_without_proc_memory_is_unknown(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "_PROC", tmp_path)
    with memory.watched(1) as peaks:
        pass
    assert (peaks.python, peaks.server) == (None, None)


def test_a_temporary_home_hides_the_users_own(monkeypatch, tmp_path):
    monkeypatch.setenv("NEO4J_URI", "bolt://elsewhere")
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    before = dict(os.environ)
    with temporary_home() as home:
        assert home.root != tmp_path
        assert os.environ[HOME_VARIABLE] == str(home.root)
        assert os.environ[CACHE_VARIABLE] == before[CACHE_VARIABLE]
        assert "NEO4J_URI" not in os.environ
    assert not home.root.exists()
    assert dict(os.environ) == before


def test_help_has_an_example_and_names_every_stage():
    result = CliRunner().invoke(command, ["--help"])
    assert result.exit_code == 0
    assert "Example: python -m benchmarks --quick" in result.output
    assert all(stage in result.output for stage in STAGES)


def test_two_data_sets_are_refused():
    result = CliRunner().invoke(command, ["--dataset", "ml-100k", "--folder", "films"])
    assert result.exit_code == 2
    assert "give --dataset or --folder, not both" in result.output
