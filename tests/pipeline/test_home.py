"""The home folder: asked for, from the environment, or the user's own."""

import pytest

from pipeline.errors import ConfigError
from pipeline.home import Home


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
