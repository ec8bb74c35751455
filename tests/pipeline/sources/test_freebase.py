"""MovieLens-100K from the wheel: an invented one of four movies, then the real one."""

import hashlib
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import DownloadError, SourceError
from pipeline.home import Home
from pipeline.sources import download, open_source, wheel
from pipeline.sources.freebase import read_freebase, read_wheel

FOLDER = "recbole/dataset_example/ml-100k/ml-100k"
FILES = {
    "inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    "1\t10\t5\t100\n1\t11\t3\t90\n2\t13\t4\t80\n",
    "item": "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
    "10\tHarbour, The\t1995\tDrama Sci-Fi\n"
    "11\tunkonwn\tunkonwn\tunknown\n"
    "12\tLighthouse (1994)\tV\tChildren's Film-Noir\n"
    "13\tQuay\t1990\tDrama\n",
    "link": "item_id:token\tentity_id:token\n10\tm.h\n12\tm.l\n13\tm.q\n",
    "kg": "head_id:token\trelation_id:token\ttail_id:token\n"
    "m.h\tfilm.film.actor\tm.1\n"
    "m.2\tfilm.actor.film\tm.h\n"
    "m.h\tfilm.film.directed_by\tm.3\n"
    "m.3\tfilm.director.film\tm.h\n"  # the same fact from its other end
    "m.3\tfilm.writer.film\tm.l\n"
    "m.h\tfilm.film.genre\tm.9\n"
    "m.9\tfilm.film_genre.films_in_this_genre\tm.h\n"
    "m.q\tfilm.actor.film\tm.unlinked\n",  # a movie is no person
}


def write_wheel(path: Path, files: dict[str, str]) -> Path:
    info = "recbole-1.2.1.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for ending, text in files.items():
            archive.writestr(f"{FOLDER}.{ending}", text)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: recbole\nVersion: 1.2.1")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write_wheel(tmp_path / wheel.WHEEL, FILES)


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home of its own, where pip finds only what lies in tmp_path and GroupLens is away."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/"
    monkeypatch.setattr(download, "GROUPLENS", address)
    monkeypatch.setenv("PIPELINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    yield Home(tmp_path / "home")
    assert not (tmp_path / "home").exists()


@pytest.fixture(scope="session")
def real_home() -> Home:
    """A home whose cache holds the real wheel, fetched once per machine."""
    home = Home.locate()
    try:
        wheel.fetch_wheel(home)
    except DownloadError as error:
        pytest.skip(f"the wheel cannot be had: {error}")
    return home


def test_facts_become_credits_whichever_end_the_movie_is(small: Path) -> None:
    credits = read_wheel(small).credits
    assert list(credits.drop(columns="order").itertuples(index=False, name=None)) == [
        (10, "ACTED_IN", "m.1", "person m.1"),
        (10, "ACTED_IN", "m.2", "person m.2"),
        (10, "DIRECTED", "m.3", "person m.3"),
        (12, "WROTE", "m.3", "person m.3"),
    ]
    assert credits["order"].isna().all()


def test_other_facts_are_counted(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = read_wheel(small)
    assert "4 credits; skipped 3 facts of 3 other relations" in capsys.readouterr().err
    assert "2 of 4 movies have credits; the persons have no names" in tables.description


def test_titles_years_and_classes_are_as_movielens_has_them(small: Path) -> None:
    tables = read_wheel(small)
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


def test_wheel_with_other_columns_is_named(tmp_path: Path) -> None:
    path = write_wheel(tmp_path / "x.whl", FILES | {"kg": "head\ttail\na\tb\n"})
    with pytest.raises(SourceError, match=r"ml-100k\.kg: no column relation"):
        read_wheel(path)


def test_wheel_without_the_data_set_is_named(tmp_path: Path) -> None:
    path = write_wheel(tmp_path / "x.whl", {})
    with pytest.raises(SourceError, match=r"x\.whl contains no .*ml-100k\.inter"):
        read_wheel(path)


def test_pip_fetches_the_wheel_once(
    small: Path, offline: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheel, "SHA256", hashlib.sha256(small.read_bytes()).hexdigest())
    assert read_freebase(offline).name == "ml-100k-freebase"
    small.unlink()  # from now on only the cache has it
    assert len(read_freebase(offline).movies) == 4
    assert [p.name for p in (offline.cache / "datasets").iterdir()] == [wheel.WHEEL]


def test_wheel_with_another_checksum_is_not_used(small: Path, offline: Home) -> None:
    with pytest.raises(DownloadError, match=r"has SHA-256 .*; it is not used"):
        read_freebase(offline)
    assert not list((offline.cache / "datasets").iterdir())


def test_wheel_that_pip_does_not_find_is_told_in_one_line(offline: Home) -> None:
    with pytest.raises(DownloadError) as raised:
        read_freebase(offline)
    assert "pip cannot download recbole==1.2.1: " in str(raised.value)
    assert f"put it at {offline.cache / 'datasets' / wheel.WHEEL}" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_ml_100k_falls_back_to_the_wheel_and_says_so(
    small: Path,
    offline: Home,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(wheel, "SHA256", hashlib.sha256(small.read_bytes()).hexdigest())
    tables = open_source("ml-100k", "none", offline)
    said = capsys.readouterr()
    assert "ml-100k.zip: the server cannot be reached; using ml-100k-freebase" in said.err
    assert said.out == ""
    assert tables.name == "ml-100k-freebase"
    assert "Freebase facts from the wheel" in tables.description


@pytest.mark.neo4j
def test_real_wheel_holds_movielens_100k(real_home: Home) -> None:
    tables = open_source("ml-100k-freebase", "none", real_home)
    assert len(tables.movies) == 1_682
    assert len(tables.ratings) == 100_000
    assert tables.ratings["userId"].nunique() == 943
    assert tables.ratings["movieId"].nunique() == 1_682
    assert tables.rows_read == 101_682
    assert not tables.refused
    assert tables.credits["relation"].value_counts().to_dict() == {
        "ACTED_IN": 40_152,
        "WROTE": 2_381,
        "DIRECTED": 1_727,
    }
    assert tables.credits["movieId"].nunique() == 1_595
    assert tables.credits["personId"].nunique() == 29_316
    assert tables.genres["genre"].nunique() == 18
    described = set(tables.credits["movieId"]) | set(tables.genres["movieId"])
    assert len(described) == 1_682
    assert tables.movies["year"].isna().sum() == 1
    titles = tables.movies.set_index("movieId")["title"]
    assert titles[127] == "The Godfather"
    assert titles[267] == "unknown"
