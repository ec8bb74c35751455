import os

import psutil
import pytest

from pipeline.errors import ServerError
from pipeline.home import Home
from pipeline.server import managed
from pipeline.server.state import Places, ServerState, read_state, write_state
from tests.support.narrowing import present


def test_the_state_is_read_back_as_written(tmp_path):
    places = Places(Home(tmp_path))
    assert read_state(places) is None
    state = ServerState(7687, 7474, "5.26.30", 12, 3.5)
    write_state(places, state)
    found = present(read_state(places))
    assert found == state
    assert found.stopped() == ServerState(7687, 7474, "5.26.30")


def test_a_damaged_state_file_is_named(tmp_path):
    places = Places(Home(tmp_path))
    write_state(places, ServerState(7687, 7474, "5.26.30"))
    places.state.write_text("{")
    with pytest.raises(ServerError, match=r"state\.json is damaged"):
        read_state(places)


def test_a_stale_state_with_a_recycled_pid_is_neither_running_nor_stopped(tmp_path):
    home = Home(tmp_path)
    earlier = psutil.Process().create_time() - 1000
    write_state(Places(home), ServerState(7687, 7474, "5.26.30", os.getpid(), earlier))
    assert not present(managed.status(home)).running
    assert not managed.stop(home)
    assert present(read_state(Places(home))).pid is None


def test_a_home_without_a_server_has_no_status_and_nothing_to_stop(tmp_path):
    home = Home(tmp_path / "never")
    assert managed.status(home) is None
    assert not managed.stop(home)
    assert not home.root.exists()
