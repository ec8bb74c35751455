import errno
import os
import signal
import stat
import subprocess
import sys

import pytest

from model.atomic_file import write_atomically
from tests.support.disks import files_of_at_most, small_disk

LARGE = bytes(200 * 1024)
KILLED_BEFORE = """
import os, signal, sys
from pathlib import Path
from model.atomic_file import write_atomically
owner, name = (os, "fsync") if sys.argv[2] == "fsync" else (Path, "replace")
setattr(owner, name, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
write_atomically(Path(sys.argv[1]), b"new, and longer than the old")
"""
WRITING_ON_AND_ON = """
import sys
from pathlib import Path
from model.atomic_file import write_atomically
print("ready", flush=True)
for number in range(10**9):
    write_atomically(Path(sys.argv[1]), bytes([number % 256]) * 2_000_000)
"""


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "model.pt"
    write_atomically(file, b"old")
    return file


def beside(file):
    return sorted(each.name for each in file.parent.iterdir() if each != file)


def test_parts_stand_one_after_the_other_in_a_folder_made_for_them(tmp_path):
    file = tmp_path / "new" / "folder" / "file"
    write_atomically(file, b"first, ", memoryview(b"second"))
    assert file.read_bytes() == b"first, second"
    assert beside(file) == []


def test_a_full_disk_is_named_and_keeps_the_old_file(tmp_path):
    with small_disk(tmp_path / "disk") as folder:
        file = folder / "model.pt"
        write_atomically(file, b"old")
        with pytest.raises(OSError, match="No space left") as caught:
            write_atomically(file, LARGE)
        assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(file))
        assert file.read_bytes() == b"old"
        assert beside(file) == []


def test_a_file_that_may_not_grow_is_named_and_keeps_the_old_content(file):
    with files_of_at_most(8), pytest.raises(OSError, match="File too large") as caught:
        write_atomically(file, LARGE)
    assert caught.value.filename == str(file)
    assert file.read_bytes() == b"old"
    assert beside(file) == []


def test_a_folder_in_the_way_is_named(tmp_path):
    (tmp_path / "model.pt").mkdir()
    with pytest.raises(IsADirectoryError) as caught:
        write_atomically(tmp_path / "model.pt", b"new")
    assert caught.value.filename == str(tmp_path / "model.pt")


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_a_writer_that_is_killed_leaves_the_old_file_and_no_part_for_ever(file, moment):
    done = subprocess.run([sys.executable, "-c", KILLED_BEFORE, str(file), moment])
    assert done.returncode == -signal.SIGKILL
    assert file.read_bytes() == b"old"
    assert len(beside(file)) == 1
    write_atomically(file, b"newest")
    assert file.read_bytes() == b"newest"
    assert beside(file) == []


def test_a_writer_that_is_killed_at_any_moment_leaves_a_whole_file(file):
    for tenths in range(8):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITING_ON_AND_ON, str(file)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(0.02 + tenths / 100)
        child.kill()
        child.communicate()
        content = file.read_bytes()
        assert content == b"old" or content == content[:1] * 2_000_000
    write_atomically(file, b"newest")
    assert beside(file) == []


def test_the_part_of_a_living_writer_and_other_files_are_left_alone(file):
    names = [
        f".model.pt.{os.getppid()}.part",  # of a process that lives
        ".model.pt.x.part",
        ".model.pt.part",
        ".other.pt.999999999.part",
    ]
    for name in names:
        file.with_name(name).touch()
    file.with_name(".model.pt.999999999.part").touch()
    write_atomically(file, b"new")
    assert beside(file) == sorted(names)


def test_a_folder_that_cannot_be_synced_is_no_failure(file, monkeypatch):
    sync = os.fsync

    def of_files_only(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        sync(descriptor)

    monkeypatch.setattr("os.fsync", of_files_only)
    write_atomically(file, b"new")
    assert file.read_bytes() == b"new"


def test_file_and_folder_are_synced(file, monkeypatch):
    synced = []
    monkeypatch.setattr("os.fsync", lambda each: synced.append(os.fstat(each).st_ino))
    write_atomically(file, b"new")
    assert synced == [file.stat().st_ino, file.parent.stat().st_ino]
