"""Add directors, writers and actors from Wikidata to the movies of another source.

They come from the wheel bokeh-sampledata, whose film table (SQLite) has 17,472 films of 1940 to
2014. It has names, not Wikidata's ids, so a person's name is also the personId. Wikidata is CC0.
The cast is in alphabetical order, which says nothing about billing, so it gets no order.
Genres stay those of the source: Wikidata's are compared with them (see link_checks). Countries and
languages are not loaded: docs/data.md says why.
"""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from pipeline.errors import SourceError
from pipeline.sources.archives import open_archive
from pipeline.sources.link_checks import BY_TITLE, Link, check_links
from pipeline.sources.linking import Candidate, TitleLinker, subtitle_links
from pipeline.sources.tables import SourceTables
from pipeline.sources.wheel import BOKEH

_FOLDER, _FILE = "bokeh_sampledata/_data", "movies.db"
_LIMIT = 64 << 20
_QUERY = (
    'SELECT imdbID, Title, Year, Genre, Director, Writer, "Cast" FROM omdb '
    "WHERE Title IS NOT NULL AND Year IS NOT NULL ORDER BY ID"
)
_SEPARATOR = ", "  # between the names of a list


class Film(NamedTuple):
    """A film with its people, by name."""

    candidate: Candidate
    directors: tuple[str, ...]
    writers: tuple[str, ...]
    actors: tuple[str, ...]


def read_films(wheel: Path) -> list[Film]:
    """Read the films of the wheel, which is a zip archive.

    Raises:
        SourceError: the wheel lacks the database, or the database lacks the table or a column.
    """
    with open_archive(wheel, _FOLDER, (_FILE,), limit=_LIMIT) as folder:
        content = (folder / _FILE).read_bytes()
    try:
        with closing(sqlite3.connect(":memory:")) as database:
            database.deserialize(content)
            return [_film(*row) for row in database.execute(_QUERY)]
    except sqlite3.Error as error:
        raise SourceError(f"{wheel}: {_FILE} cannot be read as a film database: {error}") from None


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


def _film(
    imdb_id: str | None,
    title: str,
    year: int,
    genres: str | None,
    directors: str | None,
    writers: str | None,
    cast: str | None,
) -> Film:
    listed = ",".join(_names(genres))
    candidate = Candidate(imdb_id or "", "movie", int(year), (title,), listed)
    return Film(candidate, _names(directors), _names(writers), _names(cast))


def _names(text: str | None) -> tuple[str, ...]:
    names = (name.strip() for name in (text or "").split(_SEPARATOR))
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
