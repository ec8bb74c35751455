import errno
import hashlib
import os
import re
import stat

import pytest

from pipeline.errors import ServerError
from pipeline.private import private_files
from pipeline.server import credentials
from pipeline.server.credentials import ensure_password, read_password, write_first_user


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


modes = pytest.mark.skipif(os.name == "nt", reason="Windows keeps no rights of this kind")


@modes
def test_a_password_that_others_could_read_is_made_private_and_said(tmp_path, capsys):
    file = tmp_path / "password"
    password = ensure_password(file)
    file.chmod(0o644)
    assert read_password(file) == password
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said = capsys.readouterr().err
    assert f"could read the password file {file}; now only you can" in said
    assert "change the password" in said and password not in said
    assert read_password(file) == password
    assert capsys.readouterr().err == ""


@modes
def test_a_password_that_others_can_read_and_that_is_not_ones_own_is_refused(tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    file = tmp_path / "password"
    ensure_password(file)
    file.chmod(0o640)
    monkeypatch.setattr(credentials, "close_to_others", refuse)
    with pytest.raises(ServerError, match=f"can read the password file {file}.*run: chmod 600"):
        read_password(file)


@modes
def test_a_file_system_without_rights_is_said(tmp_path, monkeypatch, capsys):
    file = tmp_path / "password"
    password = ensure_password(file)
    file.chmod(0o777)
    monkeypatch.setattr(credentials, "close_to_others", lambda _: None)
    assert read_password(file) == password
    assert "its file system keeps no rights" in capsys.readouterr().err


def test_the_first_user_is_written_as_neo4j_admin_does(tmp_path):
    file = tmp_path / "data" / "dbms" / "auth.ini"
    for password in ("first-password", "another"):  # a start that ended too early left the first
        with private_files():
            write_first_user(file, password)
        [line] = file.read_text().splitlines()
        found = re.fullmatch("neo4j:SHA-256,([0-9a-f]{64}),([0-9a-f]{64}),([0-9]+):", line)
        assert found is not None
        digest = bytes.fromhex(found[2]) + password.encode()
        for _ in range(int(found[3])):
            digest = hashlib.sha256(digest).digest()
        assert digest.hex() == found[1]
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_line_of_neo4j_admin_has_the_same_digest(tmp_path, monkeypatch):
    """What Neo4j 5.26.30 wrote for the password abcdefgh1."""
    salt = "5e931fda6ac2daa066c9f1874c74adfd9853661b20b898e654c57891dd710e36"
    digest = "6350d85d8fb18429d9b755a701d0fa9c6f08433fdf34466685911a7bbdec0dd2"
    monkeypatch.setattr("secrets.token_bytes", lambda _: bytes.fromhex(salt))
    write_first_user(tmp_path / "auth.ini", "abcdefgh1")
    assert (tmp_path / "auth.ini").read_text() == f"neo4j:SHA-256,{digest},{salt},1024:\n"
