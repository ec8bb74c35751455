"""The home folder: asked for, from the environment, or the user's own."""

import errno
import os
import stat

import pytest

from pipeline.errors import ConfigError, ServerError
from pipeline.home import Home, room_in
from pipeline.private import usual_files
from tests.support.command_line import typed


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


modes = pytest.mark.skipif(os.name == "nt", reason="Windows keeps no rights of this kind")


def mode(place):
    return stat.S_IMODE(place.stat().st_mode)


def made(folder, *names):
    """Files that an earlier version made, which everyone could read, and their folder."""
    folder.mkdir()
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    for place in (folder, *folder.rglob("*")):
        place.chmod(0o755 if place.is_dir() else 0o644)
    return Home(folder)


@modes
def test_what_is_made_in_a_new_home_is_private(tmp_path):
    home = Home(tmp_path / "parent" / "new")
    with home.private():
        (home.checkpoints / "run").mkdir(parents=True)
        (home.checkpoints / "run" / "model.pt").touch()
    for place in (home.root, *home.root.rglob("*")):
        assert mode(place) & 0o077 == 0, place
    (tmp_path / "after").touch()
    assert mode(tmp_path / "after") & 0o044 == 0o044


@modes
def test_a_home_of_an_earlier_version_becomes_private(tmp_path):
    home = made(
        tmp_path / "home",
        "server/lock",
        "server/state.json",
        "cache/jars/a.jar",
        "checkpoints/run/history.json",
        "quarantine/films.csv",
    )
    with home.private():
        pass
    for folder in (home.root, home.server, home.checkpoints, home.quarantine):
        assert mode(folder) == 0o700
    assert mode(home.cache) == 0o755  # nobody else reaches it


@modes
def test_a_folder_that_holds_other_things_keeps_its_rights(tmp_path):
    home = made(tmp_path / "work", "server/lock", "checkpoints/other.txt", "thesis.txt")
    with home.private():
        pass
    assert mode(home.root) == 0o755
    assert mode(home.server) == 0o700
    assert mode(home.checkpoints) == 0o755  # not known to be the pipeline's


@modes
@pytest.mark.parametrize("bits", [0o1777, 0o755])
def test_a_folder_for_everyone_or_an_empty_one_keeps_its_rights(tmp_path, bits):
    home = made(tmp_path / "home", *(["server/lock"] if bits == 0o1777 else []))
    home.root.chmod(bits)
    with home.private():
        pass
    assert mode(home.root) == bits


@modes
def test_the_users_own_folder_keeps_its_rights(tmp_path, monkeypatch):
    home = made(tmp_path / "me", "server/lock")
    monkeypatch.setenv("HOME", str(home.root))
    with home.private():
        pass
    assert (mode(home.root), mode(home.server)) == (0o755, 0o700)


@modes
def test_a_folder_elsewhere_that_a_link_names_keeps_its_rights(tmp_path):
    elsewhere = made(tmp_path / "elsewhere", "server/lock")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "server").symlink_to(elsewhere.server)
    with Home(tmp_path / "home").private():
        pass
    assert mode(elsewhere.server) == 0o755


@modes
def test_a_home_whose_rights_cannot_be_changed_can_be_used(tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    home = made(tmp_path / "home", "server/lock")
    monkeypatch.setattr("pipeline.home.close_to_others", refuse)
    with home.private():
        (home.root / "made").touch()
    assert mode(home.root / "made") == 0o600


@modes
def test_a_cache_that_homes_share_can_be_read_by_others(tmp_path, monkeypatch):
    home = Home(tmp_path / "home")
    for shared in (True, False):
        if shared:
            monkeypatch.setenv("PIPELINE_CACHE", str(tmp_path / "shared"))
        else:
            monkeypatch.delenv("PIPELINE_CACHE")
        with home.private(), home.filling_cache():
            home.cache.mkdir(parents=True)
        assert mode(home.cache) == (0o755 if shared else 0o700)


@modes
def test_results_have_the_rights_that_the_shell_gives(tmp_path):
    with Home(tmp_path / "home").private(), usual_files():
        (tmp_path / "page.html").touch()
    assert mode(tmp_path / "page.html") == 0o644


@modes
def test_every_command_makes_the_home_private(tmp_path):
    home = made(tmp_path / "home", "server/lock", "checkpoints/run/history.json")
    assert typed("--home", home.root, "down").code == 0
    assert (mode(home.root), mode(home.server), mode(home.checkpoints)) == (0o700,) * 3
