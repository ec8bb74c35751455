import errno
import os
import stat

import pytest

from pipeline.errors import ServerError
from pipeline.server.credentials import ensure_password, read_password


def test_a_password_is_made_once_and_only_its_owner_may_read_it(tmp_path):
    file = tmp_path / "server" / "password"
    password = ensure_password(file)
    assert len(password) >= 20
    assert ensure_password(file) == password
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert ensure_password(tmp_path / "other") != password


def test_a_lost_password_is_named(tmp_path):
    with pytest.raises(ServerError, match="password"):
        read_password(tmp_path / "password")


def test_a_full_disk_leaves_no_empty_password_file(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdopen", full)
        with pytest.raises(OSError, match="No space left"):
            ensure_password(tmp_path / "password")
    assert ensure_password(tmp_path / "password")
