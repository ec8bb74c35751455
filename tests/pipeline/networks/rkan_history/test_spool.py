import errno
import pathlib
import signal
import subprocess
import sys
from dataclasses import fields

import numpy as np
import pytest

from model.rkan_history.candidate_lists import CandidateLists
from pipeline.networks.rkan_history.spool import Spool
from tests.support.candidate_lists import Path, lists
from tests.support.disks import files_of_at_most, small_disk

ROOT = pathlib.Path(__file__).parents[4]
KILLED = """
import os, signal, sys
from pathlib import Path
from pipeline.networks.rkan_history.spool import Spool
from tests.support.candidate_lists import Path as Step, lists
spool = Spool(Path(sys.argv[1]))
for _ in range(100):
    spool.add(lists([[1, 2]], [[3, 4]], [Step(0, 1)]))
assert os.fstat(spool._file.fileno()).st_size > 100_000
os.kill(os.getpid(), signal.SIGKILL)
"""


def chunk(users):
    histories = [[user, user + 1] for user in range(users)]
    candidates = [[user + 2, user + 3] for user in range(users)]
    return lists(histories, candidates, [Path(2 * user, user) for user in range(users)])


def same(left, right):
    pairs = [(getattr(left, f.name), getattr(right, f.name)) for f in fields(CandidateLists)]
    return all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in pairs)


@pytest.fixture
def chunks():
    return [chunk(users) for users in (3, 1, 2)]


def test_every_epoch_gets_all_chunks_in_order(tmp_path, chunks):
    with Spool(tmp_path) as spool:
        for each in chunks:
            spool.add(each)
        assert spool.users == 6
        for epoch in range(2):
            with spool.stream(epoch) as found:
                assert all(same(*pair) for pair in zip(found, chunks, strict=True))


def test_streams_do_not_disturb_each_other_nor_what_is_added(tmp_path, chunks):
    with Spool(tmp_path) as spool:
        spool.add(chunks[0])
        spool.add(chunks[1])
        with spool.stream(0) as one, spool.stream(0) as two:
            assert same(next(one), chunks[0])
            assert same(next(two), chunks[0])
            assert same(next(one), chunks[1])
            spool.add(chunks[2])
            assert same(next(two), chunks[1])
        with spool.stream(1) as found:
            assert same(list(found)[2], chunks[2])


def test_an_empty_one_streams_nothing(tmp_path):
    with Spool(tmp_path / "new") as spool, spool.stream(0) as found:
        assert list(found) == []


def test_it_leaves_nothing_when_it_is_closed(tmp_path, chunks):
    with Spool(tmp_path) as spool:
        spool.add(chunks[0])
    assert list(tmp_path.iterdir()) == []


def test_it_leaves_nothing_when_its_process_is_killed(tmp_path):
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT)
    assert done.returncode == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_named(tmp_path):
    with small_disk(tmp_path / "disk") as folder:
        with pytest.raises(OSError, match="No space left") as caught, Spool(folder) as spool:
            for _ in range(100):
                spool.add(chunk(8))
        assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(folder))


def test_a_file_that_may_not_grow_is_named(tmp_path):
    with (
        files_of_at_most(32),
        pytest.raises(OSError, match="File too large") as caught,
        Spool(tmp_path) as spool,
    ):
        for _ in range(100):
            spool.add(chunk(8))
    assert caught.value.filename == str(tmp_path)
