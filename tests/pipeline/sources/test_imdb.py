"""IMDb's files, in an invented edition of a few titles, joined to a source of four movies."""

import dataclasses
import gzip
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from pipeline.errors import SourceError
from pipeline.sources import lines, read_folder
from pipeline.sources.imdb import enrich
from pipeline.sources.movielens import without_credits
from pipeline.sources.tables import SourceTables

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
BASICS = """\
tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\truntimeMinutes\tgenres
tt0000001\tmovie\tThe Harbour\tThe Harbour\t0\t1995\t\\N\t90\tDrama,Mystery
tt0000002\tmovie\t"Quoted" Title\t"Quoted" Title\t0\t1990\t\\N\t90\t\\N
tt0000003\ttvEpisode\tLighthouse Keepers\tLighthouse Keepers\t0\t1994\t\\N\t20\tComedy
tt0000004\tshort\tLighthouse Keeper\tLe Gardien\t0\t1993\t\\N\t20\tShort,Comedy
tt0000005\tmovie\tNA\tNA\t0\t\\N\t\\N\t\\N\t\\N
"""
CREW = """\
tconst\tdirectors\twriters
tt0000001\tnm0000002,nm0000001\tnm0000001
tt0000002\t\\N\t\\N
tt0000004\tnm0000009\t\\N
tt0000005\tnm0000007\t\\N
"""
PRINCIPALS = """\
tconst\tordering\tnconst\tcategory\tjob\tcharacters
tt0000001\t1\tnm0000003\tactor\t\\N\t["A"]
tt0000001\t2\tnm0000004\tactress\t\\N\t["B"]
tt0000001\t3\tnm0000002\tdirector\t\\N\t\\N
tt0000001\t4\tnm0000003\tactor\t\\N\t["A's twin"]
tt0000002\t1\tnm0000004\tactress\t\\N\t["C"]
tt0000005\t1\tnm0000007\tactor\t\\N\t["D"]
"""
NAMES = """\
nconst\tprimaryName\tbirthYear
nm0000001\tAda Quill\t\\N
nm0000002\tBo Reed\t\\N
nm0000003\tCy "Z" Penn\t\\N
nm0000004\tNull\t\\N
"""
FILES = {
    "title.basics": BASICS,
    "title.crew": CREW,
    "title.principals": PRINCIPALS,
    "name.basics": NAMES,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "imdb"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / f"{name}.tsv").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def tables(tmp_path: Path) -> SourceTables:
    """Movie 1 and 2 have an imdbId, 3 has a title to be found, 4 is not at IMDb."""
    source = tmp_path / "tiny"
    source.mkdir()
    (source / "movies.csv").write_text(
        "movieId,title,year,imdbId,genres,directors\n"
        "1,Another Name,1980,tt0000001,Drama,Zed\n"
        "2,Anything,,tt0000002,,\n"
        "3,Lighthouse Keepers,1994,,Comedy,\n"
        "4,Not Known,1994,,Comedy,Yan\n"
    )
    (source / "ratings.csv").write_text("userId,movieId,timestamp\n1,1,1\n")
    return read_folder(source)


def rows(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    return list(frame.itertuples(index=False, name=None))


def test_credits_come_by_id_and_by_title(tables: SourceTables, folder: Path) -> None:
    credits = enrich(tables, folder).credits
    assert rows(credits.drop(columns="order")) == [
        (4, "DIRECTED", "Yan", "Yan"),  # not at IMDb: the source's own
        (1, "ACTED_IN", "nm0000003", 'Cy "Z" Penn'),
        (1, "ACTED_IN", "nm0000004", "Null"),
        (1, "DIRECTED", "nm0000002", "Bo Reed"),
        (1, "DIRECTED", "nm0000001", "Ada Quill"),
        (1, "WROTE", "nm0000001", "Ada Quill"),
        (2, "ACTED_IN", "nm0000004", "Null"),
        (3, "DIRECTED", "nm0000009", "person nm0000009"),  # name.basics lacks the person
    ]
    assert credits["order"].tolist()[1:] == [1, 2, 1, 2, 1, 1, 1]
    assert credits.dtypes["movieId"] == "int64"
    assert credits.dtypes["order"] == "Int64"


def test_genres_are_added_and_ids_and_years_filled_in(tables: SourceTables, folder: Path) -> None:
    found = enrich(tables, folder)
    assert sorted(rows(found.genres)) == [
        (1, "Drama"),
        (1, "Mystery"),
        (3, "Comedy"),
        (3, "Short"),
        (4, "Comedy"),
    ]
    assert found.movies["year"].tolist() == [1980, 1990, 1994, 1994]
    assert found.movies["imdbId"].fillna("none").tolist() == [
        "tt0000001",
        "tt0000002",
        "tt0000004",
        "none",
    ]
    assert found.movies["title"].tolist() == tables.movies["title"].tolist()
    assert found.rows_read == tables.rows_read
    assert found.ratings is tables.ratings


def test_the_links_are_reported(tables: SourceTables, folder: Path) -> None:
    found = enrich(tables, folder)
    [report] = found.links
    assert found.description.startswith(tables.description)
    assert (report.facts, report.movies, report.linked) == ("IMDb", 4, 3)
    assert report.how == {"imdbId": 2, "title and year": 1}


def test_links_by_the_ids_of_another_data_set_are_caught(folder: Path) -> None:
    """Their titles, years and genres are those of other films."""
    titles = [
        f"tt{movie:07d}\tmovie\tFilm of {movie * 37 % 101}\tx\t0\t{1930 + movie}\t\\N\t90\tWar"
        for movie in range(1, 41)
    ]
    basics = "\n".join([BASICS.splitlines()[0], *titles, ""])
    (folder / "title.basics.tsv").write_text(basics, encoding="utf-8")
    movies = pd.DataFrame(
        {
            "movieId": range(1, 41),
            "title": [f"The {NUMBERS[movie % 10]} harbours" for movie in range(1, 41)],
            "year": pd.Series([1995] * 40, dtype="Int64"),
            "imdbId": pd.Series([f"tt{movie:07d}" for movie in range(1, 41)], dtype="string"),
        }
    )
    wrong = SourceTables(
        name="wrong",
        description="wrong",
        movies=movies,
        genres=pd.DataFrame({"movieId": range(1, 41), "genre": "Comedy"}),
        credits=without_credits(),
        ratings=pd.DataFrame(
            {"userId": 1, "movieId": range(1, 41), "rating": 4.0, "timestamp": range(1, 41)}
        ),
        rows_read=80,
        refused=[],
    )
    warnings = " ".join(enrich(wrong, folder).warnings)
    assert "IMDb: the titles of 40 of 40 linked movies differ" in warnings
    assert "IMDb: the years of 40 of 40 linked movies differ" in warnings
    assert "IMDb: the genres of 40 of 40 linked movies differ" in warnings


def test_gzip_files_in_small_chunks_give_the_same(
    tables: SourceTables, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = enrich(tables, folder)
    for file in list(folder.iterdir()):
        Path(f"{file}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    monkeypatch.setattr(lines, "_BLOCK", 40)  # bytes
    packed = enrich(tables, folder)
    for name in ("movies", "genres", "credits"):
        pd.testing.assert_frame_equal(getattr(packed, name), getattr(plain, name))


@pytest.mark.parametrize("empty", ["", " "])
def test_nulls_written_as_nothing_are_no_persons(
    tables: SourceTables, folder: Path, empty: str
) -> None:
    for name, text in FILES.items():
        (folder / f"{name}.tsv").write_text(text.replace("\\N", empty), encoding="utf-8")
    with (folder / "title.crew.tsv").open("a") as crew:
        crew.write(f"tt0000002\t,nm0000001, ,nm0000002,\t{empty},\\N\n")
    with (folder / "title.principals.tsv").open("a") as principals:
        principals.write(f"tt0000002\t2\t{empty}\tactor\t\\N\t\\N\n")
        principals.write(f"{empty}\t2\tnm0000001\tactor\t\\N\t\\N\n")
        principals.write(f"tt0000002\t{empty}\tnm0000009\tactor\t\\N\t\\N\n")
    with (folder / "name.basics.tsv").open("a") as names:
        names.write(f"nm0000009\t{empty}\t\\N\n{empty}\tNobody\t\\N\n")
    credits = enrich(tables, folder).credits
    assert rows(credits[credits["movieId"].isin([2, 3])].drop(columns="order")) == [
        (2, "ACTED_IN", "nm0000004", "Null"),
        (2, "ACTED_IN", "nm0000009", "person nm0000009"),
        (2, "DIRECTED", "nm0000001", "Ada Quill"),
        (2, "DIRECTED", "nm0000002", "Bo Reed"),
        (3, "DIRECTED", "nm0000009", "person nm0000009"),
    ]
    assert credits["order"].tolist()[-5:] == [1, pd.NA, 1, 2, 1]
    assert (credits["personId"] != "").all()


def test_first_rows_without_a_person_are_no_damage(tables: SourceTables, folder: Path) -> None:
    (folder / "name.basics.tsv").write_text(NAMES.replace("\n", "\n\tNobody\t\\N\n", 1))
    assert "Ada Quill" in set(enrich(tables, folder).credits["name"])


def test_year_of_0_is_none(tables: SourceTables, folder: Path) -> None:
    text = BASICS.replace("\t1990\t", "\t0\t")
    (folder / "title.basics.tsv").write_text(text, encoding="utf-8")
    assert enrich(tables, folder).movies["year"].tolist() == [1980, pd.NA, 1994, 1994]


def test_source_without_any_match_stays_as_it_is(tables: SourceTables, folder: Path) -> None:
    alone = dataclasses.replace(tables, movies=tables.movies[tables.movies["movieId"] == 4])
    found = enrich(alone, folder)
    assert rows(found.credits) == rows(tables.credits)
    assert found.links[0].linked == 0


def damage_gzip(folder: Path) -> None:
    (folder / "title.crew.tsv.gz").write_bytes(gzip.compress(b"tconst\tdirectors\n" * 99)[:-9])


def write(name: str, text: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / name).write_bytes(text.encode("latin-1"))

    return spoil


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: (f / "name.basics.tsv").unlink(), r"has neither name\.basics\.tsv\.gz nor"),
        (write("title.crew.tsv", ""), r"title\.crew\.tsv is empty"),
        (write("title.crew.tsv", "a\tb\n1\t2\n"), r"crew\.tsv: no column tconst, directors, writ"),
        (
            write("name.basics.tsv", "nconst\tprimaryName\nAda\tnm1\n"),
            "line 2: 'Ada' is not a valid nconst",
        ),
        (
            write("name.basics.tsv", "nconst\tprimaryName\nx\té\n"),
            r"name\.basics\.tsv: none of its 1 rows is usable; line 2: not valid utf-8; download",
        ),
        (
            write("title.principals.tsv", "tconst\tordering\tnconst\tcategory\na\tb\tc\td\te\n"),
            r"none of its 1 rows is usable; line 2: 5 fields instead of 4",
        ),
        *(
            (write(f"{name}.tsv", text.splitlines()[0] + "\n"), rf"{name}\.tsv has a header but no")
            for name, text in FILES.items()
        ),
        (damage_gzip, r"title\.crew\.tsv\.gz is truncated"),
        (write("title.crew.tsv.gz", "no gzip"), r"title\.crew\.tsv\.gz is damaged"),
    ],
)
def test_file_that_cannot_be_used_is_named(
    tables: SourceTables, folder: Path, spoil: Callable[[Path], None], message: str
) -> None:
    spoil(folder)
    with pytest.raises(SourceError, match=message) as raised:
        enrich(tables, folder)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "row", "reason"),
    [
        ("title.basics", b"tt7\tmovie\tA\xff\tA\t0\t1990\t\\N\t9\tWar", "not valid utf-8"),
        ("title.basics", b"tt7\tmovie\tA\tA\t0\t1990\t\\N\t9\tWar\t", "10 fields instead of 9"),
        ("title.crew", b"nm0000001\ttt0000001\t\\N", "'nm0000001' is not a valid tconst"),
        ("title.principals", b"tt7\t1\tnm1\tactor\t\\N\t\0", "a NUL byte"),
        ("title.principals", b"tt7", "1 field instead of 6"),
        ("name.basics", b"nm7\tA\xe9\t\\N", "not valid utf-8"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_bad_row_is_skipped_and_said_as_in_a_csv_file(
    tables: SourceTables,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    row: bytes,
    reason: str,
    first: bool,
) -> None:
    """The first row is no other than the rest."""
    whole = enrich(tables, folder)
    file = folder / f"{name}.tsv"
    lines = file.read_bytes().splitlines()
    place = 1 if first else len(lines)
    lines[place:place] = [row, row]
    file.write_bytes(b"\n".join(lines))
    found = enrich(tables, folder)
    assert (
        f"{file}: skipped unreadable rows: 2 (first: line {place + 1}: {reason})"
        in capsys.readouterr().err
    )
    for table in ("movies", "genres", "credits"):
        pd.testing.assert_frame_equal(getattr(found, table), getattr(whole, table))


@pytest.mark.parametrize("number", ["1.5", "1e400", "-3", "9" * 5000, "x", "٣"])
def test_numbers_that_are_none_are_left_out(
    tables: SourceTables, folder: Path, number: str
) -> None:
    (folder / "title.basics.tsv").write_text(BASICS.replace("\t1990\t", f"\t{number}\t"))
    (folder / "title.principals.tsv").write_text(PRINCIPALS.replace("\t1\tnm", f"\t{number}\tnm"))
    found = enrich(tables, folder)
    assert found.movies["year"].tolist() == [1980, pd.NA, 1994, 1994]
    assert found.credits.loc[found.credits["movieId"] == 2, "order"].tolist() == [pd.NA]


def test_missing_folder_is_named(tables: SourceTables, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"there is no folder .*nowhere"):
        enrich(tables, tmp_path / "nowhere")
