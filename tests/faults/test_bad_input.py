"""Damaged input files: every source reads them, refuses rows, or says what is wrong in one line.

A mutant is a small valid input of which some bytes, fields or lines were changed, removed or
repeated. Whatever it is: no error but the project's own, no endless work, and every row of the
ratings and movies files is either loaded or refused. The long form:

    PIPELINE_FAULTS=full .venv/bin/python -m pytest -m faults tests/faults/test_bad_input.py
"""

import gzip
import io
import os
import re
import sqlite3
import tempfile
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from pipeline.errors import PipelineError
from pipeline.load.transform import graph_tables
from pipeline.sources import imdb, read_folder
from pipeline.sources.archives import open_archive
from pipeline.sources.delimited import iter_rows
from pipeline.sources.link_checks import check_people
from pipeline.sources.movielens import read_1m
from pipeline.sources.recbole import read_recbole
from pipeline.sources.tables import SourceTables
from pipeline.sources.wikidata import add_people, read_films
from tests.pipeline.sources.test_imdb import FILES as IMDB
from tests.support.small_source import MOVIES, RATINGS
from tests.support.wheels import RATINGS as RECBOLE
from tests.support.wheels import write_bokeh, write_recbole

FULL = os.environ.get("PIPELINE_FAULTS") == "full"
MUTANTS = 10_000 if FULL else 300  # of all sources together
SECONDS = 20.0  # of processor time, far more than a mutant of some hundred bytes needs

pytestmark = [pytest.mark.faults] if FULL else []

# What readers stumble over: ends, separators, quotes, marks, bytes that are no text, odd numbers.
TOKENS = (
    *(
        b"",
        b"\0",
        b"\xff",
        b"\xc3",
        b"\xe9",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\x1a",
    ),
    *(b'"', b'""', b'"a', b'a"', b'"\n', b"'", b"\\N", b"\\", b"#", b"%", b"{", b"$x"),
    *(b"\n", b"\r", b"\r\n", b"\n\n", b",", b"\t", b"::", b":", b"|", b" ", b"\x85", b"\x1c"),
    *("\u2028".encode(), "\u00a0".encode(), "ﷺİﬃ".encode(), "e\u0301".encode(), "٣".encode()),
    *(b"-1", b"0", b"+7", b"1.5", b"7.0", b"1e400", b"nan", b"inf", b"1_0", b"0x1", b"tt", b"nm"),
    *(
        b"9" * 30,
        b"9" * 5_000,
        str(2**63 - 1).encode(),
        str(-(2**63)).encode(),
        str(2**63).encode(),
    ),
    *(b"(1995)", b"()", b", The", b"(", b"a" * 3_000, b"\x1f\x8b", b"PK\x03\x04"),
)
FIELD = re.compile(rb"[^,\t|:\n]*")
SPREAD = 2_654_435_761  # small numbers are drawn more often, and would all change the header
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(("flip", "put", "insert", "cut", "repeat", "end", "line", "swap")),
        st.integers(0, 2**16),  # where
        st.integers(0, 2**16),  # how much, or how
    ),
    min_size=1,
    max_size=5,
)


def mutant(content: bytes, changes: list[tuple[str, int, int]]) -> bytes:
    """The content after these changes, one after the other."""
    for kind, *numbers in changes:
        where, how = (number * SPREAD % 2**32 for number in numbers)
        at = where % (len(content) + 1)
        token = TOKENS[how % len(TOKENS)]
        if kind == "flip":
            content = content[:at] + bytes([how % 256]) + content[at + 1 :]
        elif kind == "insert":
            content = content[:at] + token + content[at:]
        elif kind == "put":  # instead of a field
            fields = list(FIELD.finditer(content))
            field = fields[where % len(fields)]
            content = content[: field.start()] + token + content[field.end() :]
        elif kind == "cut":
            content = content[:at] + content[at + how % 40 :]
        elif kind == "repeat":
            content = content[: at + how % 60] + content[at:]
        elif kind == "end":
            content = content[:at]
        else:
            lines = content.split(b"\n")
            one, two = where % len(lines), how % len(lines)
            first, second = lines[one], lines[two]
            lines[one] = second
            if kind == "swap":
                lines[two] = first
            content = b"\n".join(lines)
    return content


class Rows(NamedTuple):
    """How to count the rows of a file without the code under test."""

    separator: str
    width: int | None = None  # None: as in the header
    quoted: bool = False


def count(content: bytes, rows: Rows) -> int | None:
    """The number of rows; None where counting would take a reader of its own."""
    if not content.isascii() or (rows.quoted and b'"' in content):
        return None
    lines = [line.removesuffix("\r") for line in content.decode().split("\n")]
    width = rows.width
    if width is None:
        header = next((place for place, line in enumerate(lines) if line.strip()), 0)
        width = lines[header].count(rows.separator) + 1
        lines = lines[header + 1 :]
    # A line of separators alone is a row if it has as many as the others.
    return sum(
        bool(line.strip()) or (width > 1 and line.count(rows.separator) == width - 1)
        for line in lines
    )


CSV, TSV = Rows(",", quoted=True), Rows("\t")


class Source(NamedTuple):
    """A kind of input: its files, of which each mutant changes one, and how they are read.

    Attributes:
        files: name -> valid content.
        rows: name -> how to count the rows, for the files whose rows are loaded or refused.
        read: reads the folder with these files.
    """

    files: dict[str, bytes]
    rows: dict[str, Rows]
    read: Callable[[Path], SourceTables]


def encoded(files: dict[str, str], encoding: str = "utf-8") -> dict[str, bytes]:
    return {name: text.encode(encoding) for name, text in files.items()}


def member(name: str) -> str:
    return f"recbole/dataset_example/ml-100k/ml-100k.{name}"


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def read_atomic(folder: Path) -> SourceTables:
    wheel = folder / "recbole.whl"
    wheel.write_bytes(
        zipped({member(file.suffix[1:]): file.read_bytes() for file in folder.iterdir()})
    )
    return read_recbole(wheel, "ml-100k")


def read_archive(folder: Path) -> SourceTables:
    members = ("movies.dat", "ratings.dat")
    with open_archive(folder / "ml-1m.zip", "ml-1m", members, limit=1 << 20) as opened:
        return read_1m(opened, "ml-1m")


def read_wheel(folder: Path) -> SourceTables:
    return read_recbole(folder / "recbole.whl", "ml-100k")


def read_wikidata(folder: Path) -> SourceTables:
    """People from a film database, added to the movies of a small data set; no film gets lost."""
    content = (folder / "movies.db").read_bytes()
    wheel = folder / "bokeh.whl"
    wheel.write_bytes(zipped({"bokeh_sampledata/_data/movies.db": content}))
    with mock.patch("pipeline.sources.wikidata.say") as said:
        films = read_films(wheel)
    skipped = [re.search(r"skipped unreadable films: (\d+)", str(call)) for call in said.mock_calls]
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(content)
        query = "SELECT count(*) FROM omdb WHERE Title IS NOT NULL AND Year IS NOT NULL"
        assert (
            len(films) + sum(int(m[1]) for m in skipped if m)
            == database.execute(query).fetchone()[0]
        )
    ratings = write_recbole(folder / "recbole.whl")
    return add_people(read_recbole(ratings, "ml-100k"), films)


@cache
def few_movies() -> SourceTables:
    """The movies that IMDb's people are added to."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "movies.csv").write_text(
            "movieId,title,year,imdbId\n"
            "1,A,1980,tt0000001\n2,B,,tt0000002\n3,Lighthouse Keepers,1994,\n"
        )
        Path(folder, "ratings.csv").write_text("userId,movieId,timestamp\n1,1,1\n")
        return read_folder(Path(folder))


def read_imdb(folder: Path) -> SourceTables:
    """IMDb's people, added to a few movies; every row of IMDb's files was read."""
    read: dict[str, int] = {}

    def counted(file, *arguments):
        for rows in iter_rows(file, *arguments):
            read[file.name] = read.get(file.name, 0) + rows.read
            yield rows

    with mock.patch("pipeline.sources.imdb.iter_rows", counted):
        tables = imdb.enrich(few_movies(), folder)
    for name, number in read.items():
        assert count((folder / name).read_bytes(), TSV) in (None, number)
    return tables


def film_database() -> bytes:
    with (
        tempfile.TemporaryDirectory() as folder,
        zipfile.ZipFile(write_bokeh(Path(folder) / "b.whl")) as wheel,
    ):
        return wheel.read("bokeh_sampledata/_data/movies.db")


ITEM = (
    "1|Harbour, The (1995)|01-Jan-1996||u|0|1|0{rest}\n2|Café (1990)|01-Jan-1990||u|1|0|0{rest}\n"
)
U_ITEM = ITEM.format(rest="|0" * 16)
U_DATA = "7\t1\t5\t100\n7\t2\t3\t90\n8\t2\t1\t80\n"
DAT = {
    "movies.dat": "1::Harbour, The (1995)::Drama|Film-Noir\n2::Café: Part II (1990)::Comedy\n",
    "ratings.dat": "7::1::5::100\n7::2::3::90\n8::1::4::95\n",
}
LATEST = {
    "movies.csv": 'movieId,title,genres\n1,"Harbour, The (1995)",Drama|IMAX\n2,Café,War\n',
    "links.csv": "movieId,imdbId,tmdbId\n1,0114709,862\n2,0113497,\n",
    "ratings.csv": "userId,movieId,rating,timestamp\n7,1,4.5,100\n7,2,3.0,90\n8,1,,80\n",
}
SOURCES = {
    "CSV folder": Source(
        encoded({"movies.csv": MOVIES, "ratings.csv": RATINGS}),
        {"movies.csv": CSV, "ratings.csv": CSV},
        read_folder,
    ),
    "CSV folder, gzip": Source(
        {"movies.csv": MOVIES.encode(), "ratings.csv.gz": gzip.compress(RATINGS.encode(), mtime=0)},
        {},
        read_folder,
    ),
    "MovieLens latest": Source(
        encoded(LATEST), {"movies.csv": CSV, "ratings.csv": CSV}, read_folder
    ),
    "MovieLens 1M": Source(
        encoded(DAT, "latin-1"),
        {"movies.dat": Rows("::", 3), "ratings.dat": Rows("::", 4)},
        read_folder,
    ),
    "MovieLens 1M, zip": Source(
        {"ml-1m.zip": zipped({f"ml-1m/{n}": each for n, each in encoded(DAT).items()})},
        {},
        read_archive,
    ),
    "MovieLens 100K": Source(
        encoded({"u.item": U_ITEM, "u.data": U_DATA}, "latin-1"),
        {"u.item": Rows("|", 24), "u.data": Rows("\t", 4)},
        read_folder,
    ),
    "RecBole": Source(
        {f"ml-100k.{ending}": text.encode() for ending, text in RECBOLE.items()},
        {f"ml-100k.{ending}": TSV for ending in RECBOLE},
        read_atomic,
    ),
    "RecBole, wheel": Source(
        {"recbole.whl": zipped({member(n): text for n, text in encoded(RECBOLE).items()})},
        {},
        read_wheel,
    ),
    "Wikidata, SQLite": Source({"movies.db": film_database()}, {}, read_wikidata),
    "IMDb": Source({f"{name}.tsv": text.encode() for name, text in IMDB.items()}, {}, read_imdb),
}


def check(source: Source, files: dict[str, bytes]) -> str:
    """Read the files as load-kg does before it opens the graph, and say what became of them."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            Path(folder, name).write_bytes(content)
        started = time.process_time()
        try:
            tables = source.read(Path(folder))
            check_people(tables)
            written = graph_tables(tables, 0.2).relationships
        except PipelineError as error:
            assert folder in str(error)
            assert "\n" not in str(error)
            return "not usable"
        finally:
            assert time.process_time() - started < SECONDS
    loaded = len(tables.movies) + len(tables.ratings)
    assert tables.rows_read == loaded + len(tables.refused)
    numbers = [count(files[name], rows) for name, rows in source.rows.items()]
    if numbers and None not in numbers:
        assert tables.rows_read == sum(filter(None, numbers))
    assert len(written["RATED"]) + len(written["HELD_OUT"]) == len(tables.ratings)
    return "rows refused" if tables.refused else "all rows loaded"


@pytest.mark.parametrize("name", SOURCES)
def test_input_without_damage_is_usable(name: str) -> None:
    source = SOURCES[name]
    assert check(source, source.files) == (
        "rows refused" if name.startswith("CSV folder") else "all rows loaded"
    )


@pytest.mark.parametrize("name", SOURCES)
@settings(max_examples=MUTANTS // len(SOURCES), print_blob=True)
@given(which=st.integers(0, 3), changes=CHANGES)
def test_damaged_input_is_loaded_or_refused_and_never_a_traceback(
    name: str, which: int, changes: list[tuple[str, int, int]]
) -> None:
    source = SOURCES[name]
    file = sorted(source.files)[which % len(source.files)]
    event(check(source, source.files | {file: mutant(source.files[file], changes)}))
