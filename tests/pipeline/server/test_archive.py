"""The file of a backup, whole and damaged, and the steps that put a restored database in place."""

import contextlib
import gzip
import io
import json
import random
import tarfile
from pathlib import Path

import pytest

from pipeline.errors import ConfigError, ServerError
from pipeline.home import Home
from pipeline.server import swap
from pipeline.server.archive import unpack, write_archive
from pipeline.server.jars import neo4j_version
from pipeline.server.restore import restore
from pipeline.server.state import Places
from tests.support.narrowing import present

DUMP, MODEL = random.Random(5).randbytes(200_000), b"weights" * 1000
MODEL_NAME = "checkpoints/rkan-1/model.pt"


@pytest.fixture
def backup(tmp_path):
    """A backup of a dump and a checkpoint."""
    (tmp_path / "dump").write_bytes(DUMP)
    (tmp_path / "model").write_bytes(MODEL)
    content = {"neo4j.dump": tmp_path / "dump", MODEL_NAME: tmp_path / "model"}
    write_archive(tmp_path / "films.tar", neo4j_version(), "2026-01-02T03:04:05+00:00", content)
    return tmp_path / "films.tar"


@pytest.fixture
def refused(tmp_path):
    """Restoring this file is refused, and nothing is written to the home."""

    def refused(file, words):
        home = Home(tmp_path / "home")
        with pytest.raises(ServerError, match=words):
            restore(home, file, replace=True)
        assert {each.name for each in home.root.rglob("*")} <= {"server", "backup.lock"}
        assert not (tmp_path / "evil").exists()

    return refused


def forged(backup, header, content=b"", manifest=None):
    """The backup with one member more, and another manifest."""
    with tarfile.open(backup) as archive:
        members = [(each, present(archive.extractfile(each)).read()) for each in archive]
    if manifest is not None:
        first, text = members[0]
        text = json.dumps(manifest(json.loads(text))).encode()
        first.size = len(text)
        members[0] = (first, text)
    with tarfile.open(backup, "w", format=tarfile.GNU_FORMAT) as archive:
        for each, text in members:
            archive.addfile(each, io.BytesIO(text))
        if header is not None:
            header.size = len(content) if header.isreg() else 0
            archive.addfile(header, io.BytesIO(content))
    return backup


def test_what_is_written_is_read(backup, tmp_path):
    (tmp_path / "out").mkdir()
    manifest = unpack(backup, tmp_path / "out")
    assert manifest.neo4j == neo4j_version()
    assert (tmp_path / "out" / "neo4j.dump").read_bytes() == DUMP
    assert (tmp_path / "out" / MODEL_NAME).read_bytes() == MODEL


def test_a_flipped_byte_is_found_wherever_it_matters(backup, tmp_path):
    whole, draws = backup.read_bytes(), random.Random(7)
    for number in range(60):
        at = draws.randrange(len(DUMP)) + whole.index(DUMP) if number % 2 else draws.randrange(1500)
        damaged = bytearray(whole)
        damaged[at] ^= 1 << draws.randrange(8)
        backup.write_bytes(damaged)
        out = tmp_path / f"out{number}"
        out.mkdir()
        try:
            unpack(backup, out)
        except ServerError as error:
            assert "damaged or not a backup" in str(error)
        else:  # padding, or the time of the backup
            assert number % 2 == 0
            assert (out / "neo4j.dump").read_bytes() == DUMP


@pytest.mark.parametrize("share", [0, 0.001, 0.02, 0.5, 0.95])
def test_a_truncated_backup_is_refused(backup, refused, share):
    whole = backup.read_bytes()
    backup.write_bytes(whole[: int(len(whole) * share)])
    refused(backup, "damaged or not a backup")


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "checkpoints/../../evil", "conf/evil"])
def test_a_member_that_would_leave_its_folder_is_refused(backup, refused, name):
    forged(backup, tarfile.TarInfo(name), b"evil")
    refused(backup, "is no file of a backup")


@pytest.mark.parametrize("name", ["../evil", "checkpoints/../evil", "checkpoints/a/b/evil"])
def test_a_listed_member_that_would_leave_its_folder_is_refused(backup, refused, name):
    def manifest(found):
        digest = "4c5d3e2b" * 8
        return found | {"members": [*found["members"], {"name": name, "size": 4, "sha256": digest}]}

    forged(backup, tarfile.TarInfo(name), b"evil", manifest)
    refused(backup, "is no file of a backup")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_a_link_in_the_place_of_a_file_is_refused(backup, refused, kind):
    name = "checkpoints/rkan-1/history.json"

    def manifest(found):
        empty = {"name": name, "size": 0, "sha256": "0" * 64}
        return found | {"members": [*found["members"], empty]}

    header = tarfile.TarInfo(name)
    header.type, header.linkname = kind, "/etc/passwd"
    forged(backup, header, manifest=manifest)
    refused(backup, "is no file of a backup")


def test_a_file_of_another_size_than_listed_is_refused(backup, refused):
    def manifest(found):
        found["members"][0]["size"] -= 1
        return found

    forged(backup, None, manifest=manifest)
    refused(backup, "bytes, not")


def test_more_bytes_than_the_file_has_are_refused(backup, refused):
    def manifest(found):
        found["members"][0]["size"] = 10**15
        return found

    forged(backup, None, manifest=manifest)
    refused(backup, "smaller than the files")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 2}, "it has format 2"),
        ({"neo4j": "99.0.0"}, "newer than"),
        ({"extra": 1}, "manifest.json is damaged"),
        ({"members": []}, "no dump"),
    ],
)
def test_a_backup_of_another_program_is_refused(backup, refused, change, words):
    forged(backup, None, manifest=lambda found: found | change)
    refused(backup, words)


def test_a_compressed_file_is_no_backup(backup, refused):
    backup.write_bytes(gzip.compress(backup.read_bytes()))
    refused(backup, "damaged or not a backup")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match="there is no backup"):
        restore(Home(tmp_path / "home"), tmp_path / "none.tar")


def test_a_backup_offered_after_an_interrupted_one_finds_the_first_in_its_place(tmp_path):
    places = Places(Home(tmp_path))
    for name in ("data.restored", "data.replaced"):
        (places.neo4j / name).mkdir(parents=True)
    (places.neo4j / "data.restored" / "store").write_text("first")
    assert swap.is_pending(places)
    swap.finish(places)
    assert not swap.is_pending(places)
    assert (places.store / "store").read_text() == "first"
    assert [each.name for each in places.neo4j.iterdir()] == ["data"]


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("steps", range(4))
def test_a_swap_that_dies_leaves_the_old_or_the_new_and_can_be_finished(
    tmp_path, monkeypatch, steps, before
):
    places = Places(Home(tmp_path))
    staged = tmp_path / "staged"
    staged.mkdir()
    (staged / "store").write_text("new")
    if before:
        places.store.mkdir(parents=True)
        (places.store / "store").write_text("old")
    done, usual = 0, Path.rename

    def dying(path, target):
        nonlocal done
        if done == steps:
            raise KeyboardInterrupt
        done += 1
        return usual(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", dying)
        with contextlib.suppress(KeyboardInterrupt):
            swap.offer(places, staged)
    swap.finish(places)
    if steps == 0:
        assert not before or (places.store / "store").read_text() == "old"
        assert (staged / "store").read_text() == "new"
    else:
        assert (places.store / "store").read_text() == "new"
    assert {each.name for each in places.neo4j.iterdir()} <= {"data"}
