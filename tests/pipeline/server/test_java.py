import subprocess
import sys

import psutil
import pytest

from pipeline.server.java import end, find_process, is_alive, lacked_space, last_words
from pipeline.server.settings import identifying_arguments
from tests.support.narrowing import present

SLEEP = "import time; time.sleep(600)"
READY = "print('ready', flush=True)"


@pytest.fixture
def sleeper(tmp_path):
    """A process that names ``tmp_path`` as the server of that folder would."""
    command = [sys.executable, "-c", f"{READY}; {SLEEP}", *identifying_arguments(tmp_path)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    output = present(child.stdout)
    output.readline()  # the system shows a process's arguments a moment after its start
    yield psutil.Process(child.pid)
    child.kill()
    child.wait()
    output.close()


def test_a_remembered_process_is_found_with_its_start_time(tmp_path, sleeper):
    found = find_process(tmp_path / "elsewhere", sleeper.pid, sleeper.create_time())
    assert found == sleeper


def test_a_recycled_process_id_is_not_taken_for_ours(tmp_path, sleeper):
    assert find_process(tmp_path / "elsewhere", sleeper.pid, sleeper.create_time() - 60) is None


def test_a_server_that_was_never_remembered_is_found_by_its_folder(tmp_path, sleeper):
    assert find_process(tmp_path, None, None) == sleeper


def test_a_server_is_found_though_an_ended_process_had_its_id(tmp_path, sleeper, monkeypatch):
    remembered = next(found for found in psutil.process_iter() if found == sleeper)
    earlier = remembered.create_time() - 60
    monkeypatch.setattr(remembered, "_ident", (sleeper.pid, earlier))
    monkeypatch.setattr(remembered, "_create_time", earlier)
    assert find_process(tmp_path, None, None) == sleeper


def test_an_ended_process_is_not_alive_even_before_it_is_collected(sleeper):
    sleeper.kill()
    psutil.wait_procs([sleeper], timeout=5)
    assert not is_alive(sleeper)


def test_end_kills_what_does_not_listen(tmp_path):
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True)"
    code = f"{deaf}; {SLEEP}"
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    output = present(child.stdout)
    output.readline()
    end(psutil.Process(child.pid), timeout=0.2)
    assert not psutil.pid_exists(child.pid)
    output.close()
    child.wait()


@pytest.mark.parametrize(
    ("log", "telling"),
    [
        (
            "INFO Starting\nERROR Failed to start\n\tat org.x\nCaused by: A: failed\n\tat y\n"
            "Caused by: B: Address already in use\nINFO Stopped.\n",
            "B: Address already in use",
        ),
        (
            "Invalid maximum heap size: -Xmx9x\nError: Could not create the Java Virtual Machine.",
            "Invalid maximum heap size: -Xmx9x",
        ),
        ("one\ntwo\n", "two"),
        ("", "it printed nothing"),
    ],
)
def test_the_telling_line_of_a_log(tmp_path, log, telling):
    (tmp_path / "log").write_text(log)
    assert last_words(tmp_path / "log") == telling


@pytest.mark.parametrize(
    ("log", "full"),
    [
        ("INFO Starting\nCaused by: java.io.IOException: No space left on device\n", True),
        ("at LogFileChannelNativeAccessor.handleOutOfDiskSpaceError(X.java:1)\n", True),
        ("INFO Started.\n", False),
    ],
)
def test_the_log_of_a_full_disk_is_told_apart(tmp_path, log, full):
    (tmp_path / "log").write_text(log)
    assert lacked_space(tmp_path / "log") is full
    assert not lacked_space(tmp_path / "absent")
