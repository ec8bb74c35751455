"""The home folder: asked for, from the environment, or the user's own."""

import errno

import pytest

from pipeline.errors import ConfigError, ServerError
from pipeline.home import Home, room_in


def test_the_folder_asked_for_wins_over_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("PIPELINE_HOME", str(tmp_path / "environment"))
    assert Home.locate(tmp_path / "asked").root == tmp_path / "asked"
    assert Home.locate().root == tmp_path / "environment"


def test_a_relative_folder_becomes_absolute(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert Home.locate("here").root == tmp_path / "here"


def test_downloads_can_be_shared_between_homes(monkeypatch, tmp_path):
    monkeypatch.delenv("PIPELINE_CACHE", raising=False)
    assert Home(tmp_path / "one").cache == tmp_path / "one" / "cache"
    monkeypatch.setenv("PIPELINE_CACHE", str(tmp_path / "shared"))
    assert Home(tmp_path / "one").cache == Home(tmp_path / "two").cache == tmp_path / "shared"


def test_locating_a_home_creates_nothing(tmp_path):
    home = Home.locate(tmp_path / "new")
    assert home.server and home.checkpoints and home.quarantine
    assert not (tmp_path / "new").exists()


def test_a_file_in_the_place_of_the_home_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="file is not a folder; choose one with --home"):
        Home.locate(tmp_path / "file")


def test_an_unknown_user_in_a_folder_is_named(monkeypatch, tmp_path):
    with pytest.raises(ConfigError, match=r"folder ~nosuchuser/x cannot be found.*full path"):
        Home.locate("~nosuchuser/x")
    monkeypatch.setenv("PIPELINE_CACHE", "~nosuchuser")
    with pytest.raises(ConfigError, match="folder ~nosuchuser cannot be found"):
        _ = Home(tmp_path).cache


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_an_error_with_the_folder_and_the_fix(tmp_path, number):
    words = rf"{tmp_path}: no space left on the disk; it needs 5 MB; .*another disk with --home"
    with pytest.raises(ServerError, match=words), room_in(tmp_path, "it needs 5 MB"):
        raise OSError(number, "full")


def test_other_errors_of_the_system_stay_as_they_are(tmp_path):
    with pytest.raises(PermissionError), room_in(tmp_path, "it needs 5 MB"):
        raise PermissionError(errno.EACCES, "no")
