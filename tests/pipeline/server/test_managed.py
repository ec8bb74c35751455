"""The life of real servers; the tests of the second home run in the order of this file."""

import errno
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from pipeline.connect import open_graph
from pipeline.errors import ConfigError, CredentialsError, DatabaseError, ServerError
from pipeline.graph import Connection, change_password
from pipeline.home import Home
from pipeline.private import is_open
from pipeline.queries import Query
from pipeline.server import disk, managed
from pipeline.server.credentials import read_password
from pipeline.server.java import find_process
from pipeline.server.ports import Ports, free_port, is_listening
from pipeline.server.state import Places, ServerState, read_state, write_state
from tests.support.narrowing import present

pytestmark = pytest.mark.neo4j

CREATE = Query("tests", "CREATE (:Kept {value: 7})", "", frozenset())
READ = Query("tests", "MATCH (k:Kept) RETURN k.value AS value", "", frozenset())


def pipeline(home, *arguments, **options):
    """Start the command line as a program of its own."""
    command = [sys.executable, "-m", "pipeline", "--home", str(home.root), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def heed_interrupts():
    """What a shell's background jobs, and with them these tests, may be started without."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def state_of(home):
    return present(read_state(Places(home)))


def status_of(home):
    return present(managed.status(home))


def java_of(home):
    return find_process(Places(home).neo4j, None, None)


@pytest.fixture(scope="module")
def second(tmp_path_factory):
    """Another home, whose server is stopped in the end whatever the tests did."""
    home = Home(tmp_path_factory.mktemp("second home"))
    yield home
    managed.stop(home, timeout=5)


def test_a_port_that_another_home_takes_in_the_meantime_is_chosen_anew(
    server, tmp_path, monkeypatch, capsys
):
    late = Home(tmp_path / "late")
    taken = Ports(int(server.uri.rpartition(":")[2]), free_port())
    choices = iter([taken, Ports(free_port(), free_port())])
    monkeypatch.setattr(managed, "choose_ports", lambda *given: next(choices))
    try:
        assert managed.start(late, heap="512m").running
        assert "choosing new ports" in capsys.readouterr().err
        assert state_of(late).bolt_port != taken.bolt
    finally:
        managed.stop(late, timeout=5)


def test_a_new_server_never_accepts_the_well_known_password_and_is_private(tmp_path, monkeypatch):
    new = Home(tmp_path / "new")
    tried: list[str] = []
    usual = managed._answers

    def intruding(places, state, process):
        """As soon as the port is open, someone else tries to take the server."""
        if not tried and is_listening(process, state.bolt_port):
            uri = f"bolt://127.0.0.1:{state.bolt_port}"
            try:
                change_password(Connection(uri, "neo4j", "neo4j"), "an-intruders-password")
                tried.append("accepted")
            except CredentialsError:
                tried.append("refused")
            except DatabaseError:
                pass  # it is not ready; once more
        return usual(places, state, process)

    def unused(*_):
        raise AssertionError("the password had to be changed")

    monkeypatch.setattr(managed, "_answers", intruding)
    monkeypatch.setattr(managed, "change_password", unused)
    try:
        assert managed.start(new, bolt_port=free_port(), http_port=free_port(), heap="512m").running
        assert tried == ["refused"]
        if os.name != "nt":
            places = [new.root, *new.root.rglob("*")]
            assert new.root / "server" / "neo4j.log" in places and len(places) > 50
            assert [place for place in places if is_open(place)] == []
    finally:
        managed.stop(new, timeout=5)


def test_a_server_whose_data_lie_elsewhere_is_given_its_password(tmp_path):
    moved = Home(tmp_path / "moved")
    conf = moved.server / "neo4j" / "conf"
    conf.mkdir(parents=True)
    (conf / "extra.conf").write_text(f"server.directories.data={tmp_path / 'data'}\n")
    try:
        assert managed.start(
            moved, bolt_port=free_port(), http_port=free_port(), heap="512m"
        ).running
    finally:
        managed.stop(moved, timeout=5)


def test_bolt_answers_and_the_password_file_is_private(server, home):
    assert server.running
    assert stat.S_IMODE(server.password_file.stat().st_mode) == 0o600
    assert server.version == status_of(home).version
    assert server.log.exists()
    assert server.store.is_dir()


def test_the_server_listens_on_loopback_only(server):
    sockets = psutil.Process(server.pid).net_connections(kind="inet")
    listening = {c.laddr for c in sockets if c.status == "LISTEN"}
    assert {address.ip.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}
    assert {address.port for address in listening} == {
        int(server.uri.rpartition(":")[2]),
        int(server.browser.split(":")[2].split("/")[0]),
    }


def test_neo4j_browser_is_served_and_told_where_bolt_is(server):
    with urllib.request.urlopen(server.browser, timeout=30) as page:
        assert page.status == 200
        assert b"<title>Neo4j Browser</title>" in page.read()
    with urllib.request.urlopen(server.browser.removesuffix("browser/"), timeout=30) as root:
        assert json.load(root)["bolt_direct"] == server.uri


def test_a_second_start_finds_the_running_server(server, home):
    assert managed.start(home) == server


def test_other_ports_for_a_running_server_are_refused(server, home):
    with pytest.raises(ServerError, match="pipeline down"):
        managed.start(home, bolt_port=free_port())


def test_a_password_file_of_another_server_is_named(server, home, tmp_path):
    stranger = Home(tmp_path)
    write_state(Places(stranger), state_of(home))
    with pytest.raises(ServerError, match=r"refuses the password in .*password"):
        managed.status(stranger)


def test_commands_that_start_at_once_share_one_server_beside_the_first_home(second, server):
    ports = ["--bolt-port", str(free_port()), "--http-port", str(free_port()), "--heap", "512m"]
    starts = [pipeline(second, "up", "--json", *ports) for _ in range(2)]
    outputs = [start.communicate() for start in starts]
    assert [start.returncode for start in starts] == [0, 0], outputs
    one, other = (json.loads(out) for out, _ in outputs)
    assert one == other
    assert one["running"]
    assert one["pid"] != server.pid
    assert one["uri"] != server.uri
    assert status_of(second).pid == one["pid"]


def test_a_password_changed_in_browser_is_said_at_once_and_mended_in_the_file(second):
    status = status_of(second)
    old = read_password(status.password_file)
    change_password(Connection(status.uri, status.user, old), "changed-in-browser")
    began = time.monotonic()
    for _ in range(3):  # the server soon refuses logins for a while, whatever the password
        with pytest.raises(ServerError, match=r"password in .*password, so it was changed.*put"):
            open_graph(second)
    assert time.monotonic() - began < 30
    status.password_file.write_text("changed-in-browser\n")
    time.sleep(6)
    open_graph(second).close()


def test_a_killed_server_comes_back_by_itself_with_its_graph_ports_and_password(second, capsys):
    before = status_of(second)
    with open_graph(second) as graph:
        graph.write(CREATE)
    password = before.password_file.read_text()
    os.kill(before.pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(before.pid)], timeout=20)
    assert not status_of(second).running
    with open_graph(second) as graph:
        assert graph.read(READ) == [{"value": 7}]
    after = status_of(second)
    assert "Starting a local Neo4j" in capsys.readouterr().err
    assert (after.uri, after.browser) == (before.uri, before.browser)
    assert after.password_file.read_text() == password
    assert after.pid != before.pid


def test_stop_leaves_no_process_and_keeps_the_graph(second):
    running = status_of(second)
    assert managed.stop(second)
    assert not psutil.pid_exists(running.pid)
    assert java_of(second) is None
    assert not managed.stop(second)
    assert not status_of(second).running
    assert running.store.is_dir()
    assert "Stopped." in running.log.read_text()


def test_a_remembered_port_that_is_taken_is_named_and_nothing_starts(second, server, home):
    mine, theirs = state_of(second), state_of(home)
    write_state(Places(second), ServerState(theirs.bolt_port, mine.http_port, mine.version))
    with pytest.raises(ServerError, match=f"Bolt port {theirs.bolt_port}.*--bolt-port N"):
        managed.start(second)
    assert java_of(second) is None
    write_state(Places(second), mine)


def test_java_that_dies_is_reported_with_the_telling_line_and_leaves_nothing(second):
    extra = Places(second).neo4j / "conf" / "extra.conf"
    extra.write_text("server.memory.pagecache.size=much\n")
    with pytest.raises(ServerError, match=r"exited while starting: .*much.*neo4j\.log"):
        managed.start(second)
    extra.unlink()
    assert java_of(second) is None
    assert state_of(second).pid is None


def test_a_start_that_takes_too_long_leaves_no_process(second):
    with pytest.raises(ServerError, match=r"did not answer on port \d+ within 0 s"):
        managed.start(second, timeout=0.2)
    assert java_of(second) is None


def test_an_interrupted_start_leaves_no_process(second):
    start = pipeline(second, "up", preexec_fn=heed_interrupts)
    deadline = time.monotonic() + 60
    while java_of(second) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert java_of(second) is not None
    start.send_signal(signal.SIGINT)
    _, errors = start.communicate(timeout=60)
    assert start.returncode != 0
    assert b"Traceback" not in errors
    assert java_of(second) is None


def test_a_start_that_was_killed_leaves_a_server_that_stop_finds(second):
    start = pipeline(second, "up")
    deadline = time.monotonic() + 60
    while java_of(second) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    start.kill()
    start.communicate()
    Places(second).state.unlink()
    assert managed.stop(second, timeout=5)
    assert java_of(second) is None


def test_a_folder_that_cannot_be_written_is_a_plain_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        managed.start(Home(Path(tmp_path / "file")))


def test_a_home_with_a_colon_and_other_letters_starts_in_the_locale_c(tmp_path, monkeypatch):
    home = Home(tmp_path / "a:b" / "filme-ü-映画")
    jars = Home.locate().cache / "jars"
    home.cache.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("PIPELINE_CACHE", str(home.root / "cache"))
    for jar in jars.rglob("*.jar"):  # hard links or copies: Java must read them below this home
        (home.cache / "jars" / jar.relative_to(jars)).parent.mkdir(parents=True, exist_ok=True)
        _link(jar, home.cache / "jars" / jar.relative_to(jars))
    ports = {"bolt_port": free_port(), "http_port": free_port()}
    try:
        assert managed.start(home, heap="512m", **ports).running
    finally:
        managed.stop(home, timeout=5)


def _link(jar, target):
    try:
        target.hardlink_to(jar)
    except OSError:
        shutil.copy(jar, target)


def test_a_folder_that_java_cannot_name_is_refused_before_anything_is_downloaded(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("PIPELINE_CACHE", str(tmp_path / "a:b"))
    with pytest.raises(ConfigError, match="has a ':' in its name"):
        managed.start(Home(tmp_path / "home"), heap="512m")
    assert not (tmp_path / "a:b").exists()


def test_a_disk_too_small_for_a_new_database_is_said_before_anything_is_downloaded(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(disk, "free_megabytes", lambda places: 40.0)
    monkeypatch.setenv("PIPELINE_CACHE", str(tmp_path / "cache"))
    words = r"server: no space left on the disk; .* needs 560 MB, 40 MB are free; .*--home"
    with pytest.raises(ServerError, match=words):
        managed.start(Home(tmp_path / "home"), heap="512m")
    assert not (tmp_path / "cache").exists()


def test_small_logs_of_the_users_own_settings_need_no_large_disk(tmp_path, monkeypatch):
    places = Places(Home(tmp_path))
    monkeypatch.setattr(disk, "free_megabytes", lambda places: 40.0)
    extra = places.neo4j / "conf" / "extra.conf"
    extra.parent.mkdir(parents=True)
    extra.write_text("db.tx_log.preallocate=false\n")
    disk.check_space(places)


def test_a_disk_that_fills_while_the_server_is_made_is_one_line(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(managed, "provide_jars", lambda folder: [])
    monkeypatch.setattr(managed, "write_settings", full)
    with pytest.raises(ServerError, match=r"server: no space left on the disk; .*--home"):
        managed.start(Home(tmp_path), heap="512m")
