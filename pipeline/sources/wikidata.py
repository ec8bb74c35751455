"""Add directors, writers and actors from Wikidata to the movies of another source.

They come from the wheel bokeh-sampledata, whose film table (SQLite) has 17,472 films of 1940 to
2014. It has names, not Wikidata's ids, so a person's name is also the personId. Wikidata is CC0.
The cast is in alphabetical order, which says nothing about billing, so it gets no order.
Genres stay those of the source: Wikidata's are compared with them (see link_checks). Countries and
languages are not loaded: docs/data.md says why.
"""

from __future__ import annotations

import dataclasses
import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from pipeline.errors import SourceError
from pipeline.progress import say
from pipeline.sources.archives import open_archive, read_member
from pipeline.sources.link_checks import BY_TITLE, Link, check_links
from pipeline.sources.linking import Candidate, TitleLinker, subtitle_links
from pipeline.sources.tables import SourceTables
from pipeline.sources.wheel import BOKEH

_FOLDER, _FILE = "bokeh_sampledata/_data", "movies.db"
_LIMIT = 64 << 20
_COLUMNS = ("imdbID", "Title", "Year", "Genre", "Director", "Writer", "Cast")
_QUERY = (
    'SELECT ID, imdbID, Title, Year, Genre, Director, Writer, "Cast" FROM omdb '
    "WHERE Title IS NOT NULL AND Year IS NOT NULL ORDER BY ID"
)
_SQLITE = b"SQLite format 3\0"
_YEAR = re.compile("[0-9]{4}")
_SEPARATOR = ", "  # between the names of a list


class Film(NamedTuple):
    """A film with its people, by name."""

    candidate: Candidate
    directors: tuple[str, ...]
    writers: tuple[str, ...]
    actors: tuple[str, ...]


def read_films(wheel: Path) -> list[Film]:
    """Read the films of the wheel, which is a zip archive. Unusable ones are skipped and counted.

    Raises:
        SourceError: the wheel lacks the database, the database is damaged or lacks the table or a
            column, or no film is usable.
    """
    with open_archive(wheel, _FOLDER, (_FILE,), limit=_LIMIT) as folder:
        content = read_member(folder / _FILE)
    try:
        if not content.startswith(_SQLITE):
            raise sqlite3.DatabaseError("it is no SQLite file")
        with closing(sqlite3.connect(":memory:")) as database:
            database.text_factory = bytes  # one bad byte is no reason to refuse all films
            database.deserialize(content)
            rows = database.execute(_QUERY).fetchall()
    except (sqlite3.Error, UnicodeDecodeError) as error:  # the latter: SQLite's own message is none
        raise SourceError(
            f"{wheel}: {_FILE} cannot be read as a film database: {' '.join(str(error).split())}; "
            "delete the wheel, and it is downloaded again"
        ) from None
    films, reasons = [], []
    for place, *values in rows:
        try:
            films.append(_film(*map(_text, _COLUMNS, values)))
        except ValueError as error:
            reasons.append(f"film {place}: {error}")
    skipped = f"{len(reasons):,} (first: {reasons[0]})" if reasons else "0"
    if not films:
        raise SourceError(f"{wheel}: {_FILE} has no usable film; unreadable ones: {skipped}")
    if reasons:
        say(f"{wheel}: {_FILE}: skipped unreadable films: {skipped}")
    return films


def add_people(tables: SourceTables, films: Sequence[Film]) -> SourceTables:
    """Return the tables with the films' people; movies without a film stay unchanged.

    A movie is linked by title and year, first as ``linking`` compares them, then by a title that
    begins or ends with the other's. How good the links are is reported in ``links``.
    """
    of_movie = _links(tables.movies, films)
    report = check_links(
        tables,
        facts="Wikidata",
        links=[
            Link(movie, films[place].candidate, how) for movie, (place, how) in of_movie.items()
        ],
    )
    linked = {movie: films[place] for movie, (place, _) in of_movie.items()}
    ids = {movie: film.candidate.imdb_id for movie, film in linked.items()}
    found = tables.movies["movieId"].map(ids).astype(tables.movies["imdbId"].dtype)
    known = tables.credits[~tables.credits["movieId"].isin(linked)]
    return dataclasses.replace(
        tables,
        description=f"{tables.description}; people from Wikidata, in {BOKEH.requirement} (CC0)",
        movies=tables.movies.assign(imdbId=tables.movies["imdbId"].fillna(found)),
        credits=pd.concat([known, _credits(linked)], ignore_index=True),
        links=(*tables.links, report),
    )


def _text(column: str, value: object) -> str:
    """Return a value of the database as text, "" for none.

    Raises:
        ValueError: it is no text; the message is the reason.
    """
    if value is None:
        return ""
    if isinstance(value, int):  # SQLite keeps whole numbers as such, whatever the column's type
        return str(value)
    if not isinstance(value, bytes):
        raise ValueError(f"{column} {value!r} is not text")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise ValueError(f"{column} {value!r} is not valid utf-8") from None


def _film(
    imdb_id: str, title: str, year: str, genres: str, directors: str, writers: str, cast: str
) -> Film:
    if not title.strip():
        raise ValueError("Title is missing")
    if not _YEAR.fullmatch(year):
        raise ValueError(f"Year {year!r} is not a year")
    listed = ",".join(_names(genres))
    candidate = Candidate(imdb_id, "movie", int(year), (title,), listed)
    return Film(candidate, _names(directors), _names(writers), _names(cast))


def _names(text: str) -> tuple[str, ...]:
    names = (name.strip() for name in text.split(_SEPARATOR))
    return tuple(dict.fromkeys(name for name in names if name))


def _links(movies: pd.DataFrame, films: Sequence[Film]) -> dict[int, tuple[int, str]]:
    """Return movieId -> the place of its film, and how it was found."""
    dated = movies.dropna(subset="year")
    wanted = list(zip(*(dated[c].tolist() for c in ("movieId", "title", "year")), strict=True))
    # A film's place stands in for its id, because several films share an imdbId.
    candidates = [film.candidate._replace(imdb_id=str(place)) for place, film in enumerate(films)]
    linker = TitleLinker(wanted)
    linker.offer(candidates)
    found = {movie: (int(candidate.imdb_id), BY_TITLE) for movie, candidate in linker.links.items()}
    taken = {place for place, _ in found.values()}
    rest = subtitle_links(
        [row for row in wanted if row[0] not in found],
        [each for place, each in enumerate(candidates) if place not in taken],
    )
    subtitled = {movie: (int(each.imdb_id), "part of a title") for movie, each in rest.items()}
    return found | subtitled


def _credits(linked: dict[int, Film]) -> pd.DataFrame:
    rows = [
        (movie, relation, name, name)
        for movie, film in sorted(linked.items())
        for relation, names in _relations(film)
        for name in names
    ]
    frame = pd.DataFrame(rows, columns=["movieId", "relation", "personId", "name"])
    frame = frame.astype({"movieId": "int64", "relation": str, "personId": str, "name": str})
    return frame.assign(order=pd.Series([pd.NA] * len(frame), dtype="Int64"))


def _relations(film: Film) -> Iterable[tuple[str, tuple[str, ...]]]:
    return (("DIRECTED", film.directors), ("WROTE", film.writers), ("ACTED_IN", film.actors))
