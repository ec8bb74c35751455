import errno
import hashlib

import pytest

from pipeline.errors import ServerError
from pipeline.server.jars import (
    LockedJar,
    fetch_jar,
    locked_jars,
    neo4j_version,
    parse_lock,
    provide_jars,
)

CONTENT = b"classes"
JAR = LockedJar("org.example:core:1.0", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))


class Registry:
    """Hands out one content for every jar and counts."""

    def __init__(self, content=CONTENT):
        self.content = content
        self.asked = 0

    def __call__(self, jar, scratch):
        self.asked += 1
        file = scratch / "download.jar"
        file.write_bytes(self.content)
        return file


def offline(jar, scratch):
    raise ServerError(f"{jar.coordinates}: ConnectionError")


def test_the_lock_file_holds_neo4j_and_its_browser_with_one_place_for_each_jar():
    jars = locked_jars()
    names = {jar.coordinates.rsplit(":", 1)[0] for jar in jars}
    assert {"org.neo4j:neo4j", "org.neo4j.app:neo4j-server"} <= names
    assert "org.neo4j.client:neo4j-browser" in names
    assert neo4j_version().startswith("5.26.")
    assert len({jar.path for jar in jars}) == len(jars) > 200
    assert 100e6 < sum(jar.size for jar in jars) < 250e6


def test_a_classifier_is_part_of_the_file_name():
    jar = LockedJar("io.netty:epoll:linux-x86_64:4.1", "0" * 64, 1)
    assert jar.path.as_posix() == "io.netty/epoll-4.1-linux-x86_64.jar"


@pytest.mark.parametrize("line", ["org.example:core:1.0", "a:b:1 abc 3", "a:b 0 0", "x"])
def test_a_damaged_lock_file_is_refused_with_its_line(line):
    with pytest.raises(ServerError, match="line 2"):
        parse_lock(f"# comment\n{line}\n")


def test_a_jar_is_fetched_once(tmp_path):
    registry = Registry()
    for _ in range(2):
        (file,) = provide_jars(tmp_path, [JAR], registry)
        assert file.read_bytes() == CONTENT
    assert registry.asked == 1


def test_a_jar_of_the_right_size_and_wrong_content_is_named_and_fetched_again(tmp_path, capsys):
    (file,) = provide_jars(tmp_path, [JAR], Registry())
    file.write_bytes(b"clashes")
    registry = Registry()
    provide_jars(tmp_path, [JAR], registry)
    assert file.read_bytes() == CONTENT
    assert registry.asked == 1
    assert f"{file} is damaged" in capsys.readouterr().err


def test_a_damaged_jar_without_a_network_is_an_error_that_names_it(tmp_path):
    (file,) = provide_jars(tmp_path, [JAR], Registry())
    file.write_bytes(b"short")
    with pytest.raises(ServerError, match=r"core-1\.0\.jar is missing .* ConnectionError"):
        provide_jars(tmp_path, [JAR], offline)


def test_a_download_with_another_checksum_is_refused_and_not_kept(tmp_path):
    with pytest.raises(ServerError, match=r"org\.example:core:1\.0 does not match neo4j\.lock"):
        provide_jars(tmp_path, [JAR], Registry(b"other"))
    assert not list(tmp_path.rglob("*.jar"))


def test_a_full_disk_is_one_line_with_the_folder_the_size_and_the_fix(tmp_path):
    def full(jar, scratch):
        raise OSError(errno.ENOSPC, "No space left on device")

    words = rf"{tmp_path}: no space left on the disk; .* need 0 MB; .* PIPELINE_CACHE or --home"
    with pytest.raises(ServerError, match=words):
        provide_jars(tmp_path, [JAR], full)
    assert not list(tmp_path.glob(".download-*"))


def test_a_full_disk_ends_the_attempts_to_download(tmp_path, monkeypatch):
    asked = []

    def full(*_):
        asked.append(1)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("jgo.maven.Artifact.resolve", full)
    with pytest.raises(OSError, match="No space left"):
        fetch_jar(JAR, tmp_path)
    assert len(asked) == 1
