"""Each MovieLens format, in files of three invented movies that one checks by eye."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from pipeline.errors import SourceError
from pipeline.sources import open_source, read_folder
from pipeline.sources.movielens import GENRES_100K, read_1m, read_100k, read_latest

COLUMNS = {
    "movies": ["movieId", "title", "year", "imdbId"],
    "genres": ["movieId", "genre"],
    "credits": ["movieId", "relation", "personId", "name", "order"],
    "ratings": ["userId", "movieId", "rating", "timestamp"],
}


def item(movie: int, title: str, released: str, *genres: str, unknown: bool = False) -> str:
    flags = [unknown, *(genre in genres for genre in GENRES_100K)]
    return "|".join([str(movie), title, released, "", "", *("1" if f else "0" for f in flags)])


@pytest.fixture
def ml_100k(tmp_path: Path) -> Path:
    folder = tmp_path / "ml-100k"
    folder.mkdir()
    lines = [
        item(1, "Harbour, The (1995)", "01-Jan-1996", "Drama", "Sci-Fi"),
        item(2, "Misérable Café (1990)", "01-Jan-1990", "Children's"),
        item(267, "unknown", "", unknown=True),
        item(4, "Nameless Year", "05-Mar-1971", unknown=True),
    ]
    (folder / "u.item").write_text("\n".join(lines) + "\n", encoding="latin-1")
    (folder / "u.data").write_text("7\t1\t5\t100\n7\t2\t3\t90\n8\t267\t1\t80\n")
    return folder


@pytest.fixture
def ml_1m(tmp_path: Path) -> Path:
    folder = tmp_path / "ml-1m"
    folder.mkdir()
    (folder / "movies.dat").write_text(
        "1::Harbour, The (1995)::Drama|Film-Noir\n2::Café: Part II (1990)::Comedy\n",
        encoding="latin-1",
    )
    (folder / "ratings.dat").write_text("7::1::5::100\n7::2::3::90\n")
    return folder


@pytest.fixture
def ml_latest(tmp_path: Path) -> Path:
    folder = tmp_path / "latest"
    folder.mkdir()
    (folder / "movies.csv").write_text(
        "movieId,title,genres\n"
        '1,"Harbour, The (1995)",Drama|IMAX\n'
        "2,Café (1990),(no genres listed)\n"
        '3,"""Quoted"" Title",Comedy\n',
        encoding="utf-8",
    )
    (folder / "links.csv").write_text("movieId,imdbId,tmdbId\n1,0114709,862\n2,12345678,\n3,,\n")
    (folder / "ratings.csv").write_text(
        "userId,movieId,rating,timestamp\n7,1,4.5,100\n7,2,3.0,90\n9,3,0.5,80\n"
    )
    return folder


def test_100k_takes_latin_1_names_flags_and_years(ml_100k: Path) -> None:
    tables = read_100k(ml_100k, "ml-100k")
    assert tables.movies["title"].tolist() == [
        "The Harbour",
        "Misérable Café",
        "unknown",
        "Nameless Year",
    ]
    assert tables.movies["year"].tolist() == [1995, 1990, pd.NA, 1971]
    assert list(tables.genres.itertuples(index=False, name=None)) == [
        (1, "Drama"),
        (1, "Sci-Fi"),
        (2, "Children's"),
    ]
    assert tables.ratings["rating"].tolist() == [5.0, 3.0, 1.0]
    assert tables.rows_read == 7
    assert not tables.refused


def test_1m_splits_at_double_colons(ml_1m: Path) -> None:
    tables = read_1m(ml_1m, "ml-1m")
    assert tables.movies["title"].tolist() == ["The Harbour", "Café: Part II"]
    assert tables.movies["year"].tolist() == [1995, 1990]
    assert tables.genres["genre"].tolist() == ["Drama", "Film-Noir", "Comedy"]
    assert tables.ratings["timestamp"].tolist() == [100, 90]


def test_latest_takes_imdb_ids_from_links(ml_latest: Path) -> None:
    tables = read_latest(ml_latest, "ml-25m")
    assert tables.movies["title"].tolist() == ["The Harbour", "Café", '"Quoted" Title']
    assert tables.movies["imdbId"].tolist()[:2] == ["tt0114709", "tt12345678"]
    assert tables.movies["imdbId"].isna().tolist() == [False, False, True]
    assert tables.genres["genre"].tolist() == ["Drama", "IMAX", "Comedy"]
    assert tables.ratings["rating"].tolist() == [4.5, 3.0, 0.5]


def test_latest_leaves_out_links_that_are_no_number(
    ml_latest: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (ml_latest / "links.csv").write_text("movieId,imdbId\n1,abc\n2,0000012\n")
    tables = read_latest(ml_latest, "latest")
    assert tables.movies["imdbId"].isna().tolist() == [True, False, True]
    assert "skipped unreadable imdbIds: 1 (first: 'abc' of movie 1)" in capsys.readouterr().err


def test_latest_links_movies_by_number_and_counts_the_others(
    ml_latest: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (ml_latest / "links.csv").write_text(
        "movieId,imdbId,tmdbId\n1.0,114701,801.0\n02,tt0114702.0,\n98,114703.0,\nx,1,\n1,7,\n5\n"
    )
    tables = read_latest(ml_latest, "latest")
    assert tables.movies["imdbId"].tolist()[:2] == ["tt0114701", "tt0114702"]
    assert tables.movies["imdbId"].isna().tolist() == [False, False, True]
    links = ml_latest / "links.csv"
    assert capsys.readouterr().err.splitlines() == [
        f"{links}: skipped unreadable rows: 2 (first: line 5: movieId 'x' is not a whole number)",
        f"{links}: movies that {ml_latest / 'movies.csv'} lacks: 1 (first: movie 98); "
        "movies without a link: 1 (first: movie 3)",
    ]


def test_links_of_all_movies_and_no_others_need_no_words(
    ml_latest: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (ml_latest / "links.csv").write_text("movieId,imdbId\n3.0,3.0\n2.0,2.0\n1.0,1.0\n")
    (ml_latest / "movies.csv").write_text("movieId,title,genres\n1.0,A,\n2.0,B,\n3.0,C,\n")
    tables = read_latest(ml_latest, "latest")
    assert tables.movies["imdbId"].tolist() == ["tt0000001", "tt0000002", "tt0000003"]
    assert capsys.readouterr().err == ""


def test_1m_in_utf_8(ml_1m: Path) -> None:
    (ml_1m / "movies.dat").write_text(
        "1::Misérables, Les (1995)::Drama|Musical\n2::Café (1990)::Comedy\n", encoding="utf-8"
    )
    assert read_folder(ml_1m).movies["title"].tolist() == ["Les Misérables", "Café"]


def test_100k_in_utf_8(ml_100k: Path) -> None:
    text = (ml_100k / "u.item").read_text(encoding="latin-1")
    (ml_100k / "u.item").write_text(text, encoding="utf-8")
    assert read_folder(ml_100k).movies["title"][1] == "Misérable Café"


def test_100k_without_a_release_year(ml_100k: Path) -> None:
    text = (ml_100k / "u.item").read_bytes()
    (ml_100k / "u.item").write_bytes(text.replace(b"05-Mar-1971", b"01-Jan-0000"))
    assert read_folder(ml_100k).movies["year"].tolist() == [1995, 1990, pd.NA, pd.NA]


def test_10m_has_half_stars_tags_and_utf_8(tmp_path: Path) -> None:
    (tmp_path / "movies.dat").write_text(
        "122::Boomerang (1992)::Comedy|Romance\n73::Misérables, Les (1995)::(no genres listed)\n",
        encoding="utf-8",
    )
    (tmp_path / "ratings.dat").write_text("1::122::5::838985046\n1::73::4.5::838983525\n")
    (tmp_path / "tags.dat").write_text("15::73::excellent!::1215184630\n")
    tables = read_folder(tmp_path)
    assert tables.movies["title"].tolist() == ["Boomerang", "Les Misérables"]
    assert tables.genres["genre"].tolist() == ["Comedy", "Romance"]
    assert tables.ratings["rating"].tolist() == [5, 4.5]
    assert tables.rows_read == 4


@pytest.mark.parametrize("kind", ["ml_100k", "ml_1m", "ml_latest"])
@pytest.mark.parametrize("packed", ["all", "first", "last"])
def test_gzip_files_give_the_same_tables(
    kind: str, packed: str, request: pytest.FixtureRequest
) -> None:
    folder = request.getfixturevalue(kind)
    plain = read_folder(folder)
    files = sorted(folder.iterdir())
    for file in {"all": files, "first": files[:1], "last": files[-1:]}[packed]:
        Path(f"{file}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    found = read_folder(folder)
    for table in COLUMNS:
        pd.testing.assert_frame_equal(getattr(found, table), getattr(plain, table))
    assert (found.name, found.rows_read) == (plain.name, plain.rows_read)
    assert found.refused == plain.refused


def test_unpacked_file_beside_its_gzip_is_the_one_read(ml_latest: Path) -> None:
    (ml_latest / "links.csv.gz").write_bytes(gzip.compress(b"movieId,imdbId\n1,9\n"))
    assert read_folder(ml_latest).movies["imdbId"][0] == "tt0114709"


@pytest.mark.parametrize("kind", ["ml_100k", "ml_1m", "ml_latest"])
def test_folder_is_recognised_and_tables_have_their_types(
    kind: str, request: pytest.FixtureRequest
) -> None:
    folder = request.getfixturevalue(kind)
    tables = read_folder(folder)
    assert tables.name == folder.name
    assert str(folder) in tables.description
    for table, columns in COLUMNS.items():
        assert list(getattr(tables, table).columns) == columns
    types = tables.movies.dtypes.to_dict() | tables.ratings.dtypes.to_dict()
    assert types["movieId"] == types["userId"] == types["timestamp"] == "int64"
    assert types["year"] == tables.credits["order"].dtype == "Int64"
    assert types["rating"] == "float64"
    assert tables.credits.empty
    assert tables.rows_read == len(tables.movies) + len(tables.ratings)


def test_plain_csv_folder_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "movies.csv").write_text("movieId,title\n1,Harbour\n")
    (tmp_path / "ratings.csv").write_text("userId,movieId,timestamp\n1,1,1\n")
    assert len(read_folder(tmp_path).ratings) == 1


def test_rows_that_cannot_be_used_are_refused_with_their_line(ml_1m: Path) -> None:
    with (ml_1m / "movies.dat").open("a") as movies:
        movies.write("3::No genres field\nx::Bad number (1990)::Drama\n1::Again (1991)::Drama\n")
    with (ml_1m / "ratings.dat").open("a") as ratings:
        ratings.write("7::99::5::10\n7::1::5::200\n8::1::five::10\n8::1::5\n")
    tables = read_1m(ml_1m, "ml-1m")
    refused = [(Path(row.file).name, row.line) for row in tables.refused]
    assert refused == [
        ("movies.dat", 3),
        ("movies.dat", 4),
        ("movies.dat", 5),
        ("ratings.dat", 3),
        ("ratings.dat", 4),
        ("ratings.dat", 5),
        ("ratings.dat", 6),
    ]
    loaded = len(tables.movies) + len(tables.ratings)
    assert tables.rows_read == loaded + len(tables.refused) == 11


@pytest.mark.parametrize(
    ("kind", "missing"),
    [("ml_100k", "u.data"), ("ml_100k", "u.item"), ("ml_1m", "movies.dat")],
)
def test_half_a_release_names_the_missing_file(
    kind: str, missing: str, request: pytest.FixtureRequest
) -> None:
    folder = request.getfixturevalue(kind)
    (folder / missing).unlink()
    with pytest.raises(SourceError, match=f"there is no file .*{missing}"):
        read_folder(folder)


def test_empty_file_is_named(ml_100k: Path) -> None:
    (ml_100k / "u.data").write_text("")
    with pytest.raises(SourceError, match=r"u\.data is empty"):
        read_folder(ml_100k)


def test_wrong_columns_are_named(ml_latest: Path) -> None:
    (ml_latest / "links.csv").write_text("movieId,tmdbId\n1,2\n")
    with pytest.raises(SourceError, match=r"links\.csv: no column imdbId"):
        read_folder(ml_latest)


def test_folder_without_a_data_set_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"contains no data set; expected u\.data and u\.item"):
        read_folder(tmp_path)


def test_unknown_name_lists_the_data_sets(tmp_path: Path) -> None:
    from pipeline.home import Home

    with pytest.raises(
        SourceError, match=r"'ml-10m' is neither a folder nor a known data set.*ml-25m"
    ):
        open_source("ml-10m", "none", Home(tmp_path))
