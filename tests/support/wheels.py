"""Small wheels of the two packages that MovieLens 100K is read from."""

import sqlite3
import zipfile
from collections.abc import Sequence
from pathlib import Path

RECBOLE = "recbole/dataset_example/ml-100k/ml-100k"
RATINGS = {
    "inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    "1\t10\t5\t100\n1\t11\t3\t90\n2\t13\t4\t80\n",
    "item": "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
    "10\tHarbour, The\t1995\tDrama Sci-Fi\n"
    "11\tunkonwn\tunkonwn\tunknown\n"
    "12\tLighthouse (1994)\tV\tChildren's Film-Noir\n"
    "13\tQuay\t1990\tDrama\n",
}
# imdbID, Title, Year, Genre, Director, Writer, Cast
FILMS: list[tuple[str | None, str | None, int | None, str, str, str, str]] = [
    ("tt1", "The Harbour", 1995, "Drama, Thriller", "Ada Quill", "Ada Quill, Bo Reed", "Cy Low"),
    ("tt2", "Lighthouse: The Keepers", 1994, "Family", "Bo Reed", "", "Cy Low, Di Marsh"),
    ("tt3", "The Quayside Murders", 1990, "Crime", "Ed Pike", "", ""),
    (None, None, None, "", "", "", ""),
]


def write_recbole(path: Path, files: dict[str, str] | None = None) -> Path:
    """A wheel with these files of the data set, by their endings."""
    contents = {
        f"{RECBOLE}.{ending}": text.encode()
        for ending, text in (RATINGS if files is None else files).items()
    }
    return _write(path, "recbole", "1.2.1", contents)


def write_bokeh(path: Path, films: Sequence[tuple[object, ...]] = FILMS) -> Path:
    """A wheel with these films."""
    with sqlite3.connect(":memory:") as database:
        database.execute("PRAGMA page_size = 512")  # few bytes are of no use
        database.execute(
            "CREATE TABLE omdb (ID INTEGER PRIMARY KEY, imdbID, Title, Year, Genre, Director, "
            'Writer, "Cast")'
        )
        marks = ", ".join("?" * 7)
        columns = 'imdbID, Title, Year, Genre, Director, Writer, "Cast"'
        database.executemany(f"INSERT INTO omdb ({columns}) VALUES ({marks})", films)
        database.commit()
        content = database.serialize()
    contents = {"bokeh_sampledata/_data/movies.db": content}
    return _write(path, "bokeh_sampledata", "2026.1", contents)


def _write(path: Path, name: str, version: str, contents: dict[str, bytes]) -> Path:
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in contents.items():
            archive.writestr(member, content)
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path
