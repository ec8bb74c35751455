"""MovieLens-100K from wheels: an invented data set of four movies, then the real one."""

import dataclasses
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import DownloadError, SourceError
from pipeline.home import Home
from pipeline.sources import open_source, wheel
from pipeline.sources.recbole import read_recbole
from pipeline.sources.wheel import BOKEH, RECBOLE, fetch_wheel
from tests.support.wheels import RATINGS, write_bokeh, write_recbole


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write_recbole(tmp_path / RECBOLE.file)


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home of its own, where pip finds only what lies in tmp_path."""
    monkeypatch.setenv("PIPELINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    yield Home(tmp_path / "home")
    assert not (tmp_path / "home").exists()


def of(file: Path, like: wheel.Wheel) -> wheel.Wheel:
    """The wheel's description with this file's checksum."""
    return dataclasses.replace(like, sha256=hashlib.sha256(file.read_bytes()).hexdigest())


def test_titles_years_and_classes_are_as_movielens_has_them(small: Path) -> None:
    tables = read_recbole(small, "ml-100k")
    assert tables.movies["title"].tolist() == ["The Harbour", "unknown", "Lighthouse", "Quay"]
    assert tables.movies["year"].fillna(0).tolist() == [1995, 0, 1994, 1990]
    assert tables.movies["imdbId"].isna().all()
    assert list(tables.genres.itertuples(index=False, name=None)) == [
        (10, "Drama"),
        (10, "Sci-Fi"),
        (12, "Children's"),
        (12, "Film-Noir"),
        (13, "Drama"),
    ]
    assert tables.ratings["rating"].tolist() == [5.0, 3.0, 4.0]
    assert tables.rows_read == 7
    assert tables.credits.empty


def test_wheel_with_other_columns_is_named(tmp_path: Path) -> None:
    path = write_recbole(tmp_path / "x.whl", RATINGS | {"item": "item_id:token\tname\n1\tb\n"})
    with pytest.raises(SourceError, match=r"ml-100k\.item: no column title"):
        read_recbole(path, "ml-100k")


def test_wheel_without_the_data_set_is_named(tmp_path: Path) -> None:
    path = write_recbole(tmp_path / "x.whl", {})
    with pytest.raises(SourceError, match=r"x\.whl contains no .*ml-100k\.inter"):
        read_recbole(path, "ml-100k")


def test_pip_fetches_a_wheel_once(small: Path, offline: Home) -> None:
    described = of(small, RECBOLE)
    file = fetch_wheel(offline, described)
    small.unlink()  # from now on only the cache has it
    assert fetch_wheel(offline, described) == file
    assert [p.name for p in (offline.cache / "datasets").iterdir()] == [RECBOLE.file]


def test_wheel_with_another_checksum_is_not_used(small: Path, offline: Home) -> None:
    with pytest.raises(DownloadError, match=r"has SHA-256 .*; it is not used"):
        fetch_wheel(offline, RECBOLE)
    assert not list((offline.cache / "datasets").iterdir())


@pytest.mark.parametrize("described", [RECBOLE, BOKEH], ids=lambda each: each.file)
def test_wheel_that_pip_does_not_find_is_told_in_one_line(
    offline: Home, described: wheel.Wheel
) -> None:
    with pytest.raises(DownloadError) as raised:
        fetch_wheel(offline, described)
    assert f"pip cannot download {described.requirement}: " in str(raised.value)
    assert f"put it at {offline.cache / 'datasets' / described.file}" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_ml_100k_is_read_from_both_wheels(
    small: Path, offline: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    films = write_bokeh(tmp_path / BOKEH.file)
    monkeypatch.setattr(wheel, "RECBOLE", of(small, RECBOLE))
    monkeypatch.setattr(wheel, "BOKEH", of(films, BOKEH))
    tables = open_source("ml-100k", "none", offline)
    assert tables.name == "ml-100k"
    assert set(tables.credits["name"]) == {"Ada Quill", "Bo Reed", "Cy Low", "Di Marsh"}
    assert tables.people is not None


@pytest.mark.neo4j
def test_real_wheels_hold_movielens_100k(ml_100k: Home) -> None:
    tables = open_source("ml-100k", "none", ml_100k)
    assert len(tables.movies) == 1_682
    assert len(tables.ratings) == 100_000
    assert tables.ratings["userId"].nunique() == 943
    assert tables.ratings["movieId"].nunique() == 1_682
    assert tables.rows_read == 101_682
    assert not tables.refused
    assert tables.genres["genre"].nunique() == 18
    assert tables.movies["year"].isna().sum() == 1
    titles = tables.movies.set_index("movieId")["title"]
    assert titles[127] == "The Godfather"
    assert titles[267] == "unknown"
    assert tables.warnings == []
    assert tables.people is not None
    assert tables.people.alike > 1.8 * tables.people.by_chance
