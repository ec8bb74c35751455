import os

import pytest

from pipeline.errors import ConfigError, ServerError
from pipeline.server.ports import Ports
from pipeline.server.settings import (
    Memory,
    choose_memory,
    class_path_entry,
    write_java_options,
    write_settings,
)


def test_a_quarter_of_the_machine_is_the_heap():
    assert choose_memory(total=8192, available=8000) == Memory(512, 2048, 2048)


def test_the_heap_stays_within_its_limits():
    assert choose_memory(total=64_000, available=60_000).heap_max == 4096
    assert choose_memory(total=1500, available=1400).heap_max == 512


def test_a_busy_machine_gets_a_smaller_heap():
    memory = choose_memory(total=16_000, available=2000)
    assert memory == Memory(512, 1488, 128)


def test_short_memory_is_said_with_both_figures():
    with pytest.raises(ServerError, match=r"1024 MiB and 700 MiB are available"):
        choose_memory(total=8000, available=700)


def test_a_heap_beyond_what_is_available_is_refused():
    with pytest.raises(ServerError, match="--heap 512m"):
        choose_memory("6g", total=8000, available=4000)


def test_the_heap_may_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("PIPELINE_HEAP", "768m")
    assert choose_memory(total=8000, available=8000).heap_max == 768


@pytest.mark.parametrize("heap", ["2", "lots", "100m", "-1g", "1.5g"])
def test_a_heap_that_is_none_is_wrong_use(heap):
    with pytest.raises(ConfigError, match="heap"):
        choose_memory(heap, total=8000, available=8000)


def test_settings_bind_to_loopback_and_end_with_the_users_own(tmp_path):
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/extra.conf").write_text(
        "server.memory.pagecache.size=64m\ndb.tx_log.rotation.size=1m\n"
    )
    write_settings(tmp_path, Ports(1234, 5678), Memory(512, 1024, 256))
    lines = (tmp_path / "conf/neo4j.conf").read_text().splitlines()
    assert "server.bolt.listen_address=127.0.0.1:1234" in lines
    assert "server.bolt.advertised_address=127.0.0.1:1234" in lines
    assert "server.http.listen_address=127.0.0.1:5678" in lines
    assert "server.memory.pagecache.size=64m" in lines
    assert "server.memory.pagecache.size=256m" not in lines
    assert lines[-1] == "db.tx_log.rotation.size=1m"


def test_java_options_quote_paths_with_spaces(tmp_path):
    folder = tmp_path / "my home"
    folder.mkdir()
    file = write_java_options(folder, [folder / "a.jar"], Memory(512, 1024, 256))
    lines = file.read_text().splitlines()
    assert '"-Xmx1024m"' in lines
    assert lines[-1] == f'"{folder / "a.jar"}"'


def test_a_colon_above_home_is_left_out_of_the_class_path(tmp_path):
    home = tmp_path / f"a{os.pathsep}b"
    folder = home / "server" / "neo4j"
    folder.mkdir(parents=True)
    entry = class_path_entry(home / "cache" / "core.jar", folder)
    assert entry.as_posix() == "../../cache/core.jar"
    lines = write_java_options(folder, [home / "cache" / "core.jar"], Memory(512, 1024, 256))
    assert lines.read_text().splitlines()[-1] == f'"{entry}"'


def test_a_colon_that_cannot_be_left_out_is_named_with_the_fix(tmp_path):
    jars = tmp_path / f"a{os.pathsep}b" / "jars"
    with pytest.raises(ConfigError, match=f"{jars} has a '{os.pathsep}'.*PIPELINE_CACHE"):
        class_path_entry(jars, tmp_path / "home" / "server" / "neo4j")


def test_java_options_hold_the_bytes_of_a_path(tmp_path):
    folder = tmp_path / "映画-\udce4"  # as Python reads the byte E4, which is not UTF-8
    folder.mkdir()
    file = write_java_options(folder, [folder / "a.jar"], Memory(512, 1024, 256))
    assert "映画-".encode() + b"\xe4/a.jar" in file.read_bytes()
