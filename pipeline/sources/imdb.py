"""Add IMDb's directors, writers, actors and genres to the movies of another source.

IMDb's official files are large (title.principals has some 90 million rows), so they are read in
chunks, of which only the rows of our movies are kept. Unusable rows are skipped and counted. IMDb's
nconst identifies a person. A null is \\N in IMDb's files; an empty field counts as one too.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import pandas as pd

from pipeline.errors import SourceError
from pipeline.progress import progress_bar, say
from pipeline.sources.delimited import TSV, iter_rows
from pipeline.sources.link_checks import BY_ID, BY_TITLE, Link, check_links
from pipeline.sources.linking import TITLE_TYPES, Candidate, TitleLinker
from pipeline.sources.tables import RefusedRow, SourceTables
from pipeline.sources.titles import FIRST_YEAR, last_year

FILES = ("title.basics", "title.crew", "title.principals", "name.basics")
_MIB = 1 << 20
_NULLS = frozenset(("\\N", ""))
_WHOLE = re.compile("[0-9]{1,9}")  # a year, or a place in a cast
_ID_STARTS = {"tconst": "tt", "nconst": "nm"}


def enrich(tables: SourceTables, folder: Path) -> SourceTables:
    """Return the tables with IMDb's attributes; movies that IMDb does not know stay unchanged.

    A movie is linked by its imdbId, or else by title and year (see linking). For a linked movie,
    IMDb's credits replace those of the source, which identifies persons by other ids. IMDb's
    genres are added to those of the source.

    Raises:
        SourceError: a file is missing or damaged, has the wrong columns, or no usable row.
    """
    files = find_files(folder)
    by_id, by_title, titles = _link(tables.movies, files["title.basics"])
    links = pd.concat([by_id, by_title])
    report = check_links(
        tables,
        facts="IMDb",
        links=[
            *_checked(by_id, titles, BY_ID),
            *_checked(by_title, titles, BY_TITLE),
        ],
    )
    credits = _credits(links, files)
    known = tables.credits[~tables.credits["movieId"].isin(links.index)]
    return dataclasses.replace(
        tables,
        description=f"{tables.description}; people and genres from IMDb in {folder}",
        movies=_with_links(tables.movies, links, titles),
        genres=_with_genres(tables.genres, links, titles),
        credits=pd.concat([known, credits], ignore_index=True),
        links=(*tables.links, report),
    )


def find_files(folder: Path) -> dict[str, Path]:
    """Return name -> path of each of FILES, gzip or plain.

    Raises:
        SourceError: the folder or one of the files is missing.
    """
    if not folder.is_dir():
        raise SourceError(f"there is no folder {folder}; give the folder with IMDb's files")
    found = {}
    for name in FILES:
        places = [folder / f"{name}{ending}" for ending in (".tsv.gz", ".tsv")]
        file = next((place for place in places if place.is_file()), None)
        if file is None:
            raise SourceError(f"{folder} has neither {name}.tsv.gz nor {name}.tsv")
        found[name] = file
    return found


def _chunks(
    file: Path, columns: Sequence[str], wanted: Container[str] | None = None
) -> Iterator[pd.DataFrame]:
    """Yield a TSV file's columns as strings, None for nulls, some megabytes at a time.

    Rows that cannot be split or decoded, and those whose first column is no id, are skipped; how
    many they are is said at the end.

    Args:
        file: plain or gzip.
        columns: columns to read; the first one is that of the ids.
        wanted: yield only the rows with these ids; None: all.

    Raises:
        SourceError: see delimited.iter_rows; also if no row is usable.
    """
    of_rows = columns[0]
    watched = _Watched(file)
    refused, usable = 0, 0
    first: RefusedRow | None = None
    with progress_bar(f"{file.name} (MiB)", file.stat().st_size // _MIB) as advance:
        for rows in iter_rows(watched, columns, TSV):
            ids = rows.columns[of_rows]
            wrong = {
                row: f"{text!r} is not a valid {of_rows}"
                for row, text in enumerate(ids)
                if not text.startswith(_ID_STARTS[of_rows]) and text not in _NULLS
            }
            bad = rows.refused + rows.refuse(wrong)
            if bad and not refused:
                first = min(bad, key=lambda row: row.line)
            refused += len(bad)
            usable += rows.read - len(bad)
            kept = [
                row
                for row, text in enumerate(ids)
                if row not in wrong and (wanted is None or text in wanted)
            ]
            yield pd.DataFrame(
                {
                    name: pd.Series(
                        [
                            None if (text := rows.columns[name][row]) in _NULLS else text
                            for row in kept
                        ],
                        dtype=object,
                    )
                    for name in columns
                }
            )
            advance(watched.new_megabytes())
    if first is not None:
        what = f"line {first.line}: {first.reason}"
        if not usable:
            raise SourceError(
                f"{file}: none of its {refused:,} rows is usable; {what}; download it again"
            )
        say(f"{file}: skipped unreadable rows: {refused:,} (first: {what})")


class _Watched:
    """A file that knows how much of it has been read since it was last asked."""

    def __init__(self, file: Path) -> None:
        self.name = file.name
        self._file = file
        self._stream: IO[bytes] | None = None
        self._told = 0

    def __str__(self) -> str:
        return str(self._file)

    def open(self, mode: Any) -> Any:
        self._stream = self._file.open(mode)
        return self._stream

    def new_megabytes(self) -> int:
        before = self._told
        self._told = self._stream.tell() // _MIB if self._stream else 0
        return self._told - before


def _whole(values: pd.Series) -> pd.Series:
    """Return the values that are whole numbers, and NA for the others."""
    numbers = [int(text) if text and _WHOLE.fullmatch(text) else None for text in values]
    return pd.Series(numbers, index=values.index, dtype="Int64")


def _link(movies: pd.DataFrame, basics: Path) -> tuple[pd.Series, pd.Series, pd.DataFrame]:
    """Return movieId -> tconst by id and by title, and the linked titles' year and genres."""
    given = movies.dropna(subset="imdbId").set_index("movieId")["imdbId"]
    unlinked = movies[movies["imdbId"].isna() & movies["year"].notna()]
    wanted = (unlinked[column].tolist() for column in ("movieId", "title", "year"))
    linker = TitleLinker(zip(*wanted, strict=True))
    known = []
    kept = ["tconst", "primaryTitle", "startYear", "genres"]
    columns = ["tconst", "titleType", "primaryTitle", "originalTitle", "startYear", "genres"]
    for chunk in _chunks(basics, columns):
        years = _whole(chunk["startYear"])
        rows = chunk.assign(
            startYear=years.where(years.between(FIRST_YEAR, last_year())),
            genres=chunk["genres"].fillna(""),
        )
        known.append(rows.loc[rows["tconst"].isin(set(given)), kept])
        if linker.years:
            linker.offer(_candidates(rows, linker.years))
    links = linker.links
    known.append(
        pd.DataFrame(
            [(each.imdb_id, each.names[0], each.year, each.genres) for each in links.values()],
            columns=kept,
        )
    )
    titles = pd.concat(known).drop_duplicates("tconst").set_index("tconst")
    by_title = pd.Series({movie: found.imdb_id for movie, found in links.items()}, dtype=str)
    return given[given.isin(titles.index)], by_title, titles


def _checked(links: pd.Series, titles: pd.DataFrame, how: str) -> Iterator[Link]:
    """Yield the links with the films as IMDb knows them, except those without title or year."""
    found = titles.loc[links].dropna(subset=["primaryTitle", "startYear"])
    films = {
        imdb_id: Candidate(imdb_id, "movie", int(year), (title,), genres)
        for imdb_id, title, year, genres in zip(
            found.index, *(found[c].tolist() for c in found.columns), strict=True
        )
    }
    for movie, imdb_id in links.items():
        if imdb_id in films:
            yield Link(int(str(movie)), films[imdb_id], how)


def _candidates(titles: pd.DataFrame, years: set[int]) -> Iterator[Candidate]:
    near = titles["startYear"].isin(years) & titles["titleType"].isin(TITLE_TYPES)
    rows = titles[near].dropna(subset=["tconst", "primaryTitle"])
    rows = rows.assign(originalTitle=rows["originalTitle"].fillna(rows["primaryTitle"]))
    columns = ("tconst", "titleType", "startYear", "primaryTitle", "originalTitle", "genres")
    for imdb_id, kind, year, name, original, genres in zip(
        *(rows[column].tolist() for column in columns), strict=True
    ):
        yield Candidate(imdb_id, kind, int(year), (name, original), genres)


def _with_links(movies: pd.DataFrame, links: pd.Series, titles: pd.DataFrame) -> pd.DataFrame:
    ids = movies["movieId"].map(links)
    years = ids.map(titles["startYear"]).astype("Int64")
    return movies.assign(
        imdbId=movies["imdbId"].fillna(ids.astype(movies["imdbId"].dtype)),
        year=movies["year"].fillna(years).astype("Int64"),
    )


def _with_genres(genres: pd.DataFrame, links: pd.Series, titles: pd.DataFrame) -> pd.DataFrame:
    added = links.map(titles["genres"]).str.split(",").explode().str.strip()
    added = added[added.notna() & (added != "")]
    rows = pd.DataFrame({"movieId": added.index.astype("int64"), "genre": added.to_numpy()})
    return pd.concat([genres, rows], ignore_index=True).drop_duplicates(ignore_index=True)


def _credits(links: pd.Series, files: dict[str, Path]) -> pd.DataFrame:
    """Return movieId, relation, personId, name and order of all credits of the linked movies."""
    wanted = set(links)
    found = [
        crew[["tconst", "personId", "order"]].assign(relation=relation)
        for chunk in _chunks(files["title.crew"], ["tconst", "directors", "writers"], wanted)
        for relation, column in (("DIRECTED", "directors"), ("WROTE", "writers"))
        if not (crew := _listed(chunk, column)).empty
    ]
    columns = ["tconst", "ordering", "nconst", "category"]
    for chunk in _chunks(files["title.principals"], columns, wanted):
        rows = chunk[chunk["category"].isin(["actor", "actress"])]
        cast_of = rows.rename(columns={"nconst": "personId", "ordering": "order"})
        cast_of = _with_person(cast_of[["tconst", "personId", "order"]])
        found.append(cast_of.assign(relation="ACTED_IN", order=_whole(cast_of["order"])))
    credits = pd.concat(found, ignore_index=True)
    names = _names(files["name.basics"], set(credits["personId"]))
    credits["name"] = [names.get(person, f"person {person}") for person in credits["personId"]]
    movies = pd.DataFrame({"tconst": links.to_numpy(), "movieId": links.index.astype("int64")})
    joined = movies.merge(credits, on="tconst").sort_values(
        ["movieId", "relation", "order"], kind="stable", na_position="last"
    )
    return joined[["movieId", "relation", "personId", "name", "order"]].drop_duplicates(
        ["movieId", "relation", "personId"], ignore_index=True
    )


def _listed(crew: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return one row per person of a comma-separated column, with the order from 1."""
    rows = crew[["tconst", column]].dropna()
    rows = _with_person(rows.assign(personId=rows[column].str.split(",")).explode("personId"))
    return rows.assign(order=(rows.groupby(level=0).cumcount() + 1).astype("Int64"))


def _with_person(credits: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that name a person."""
    persons = credits["personId"].str.strip()
    return credits.assign(personId=persons)[persons.notna() & ~persons.isin(list(_NULLS))]


def _names(file: Path, persons: set[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for chunk in _chunks(file, ["nconst", "primaryName"], persons):
        rows = chunk.dropna()
        found = zip(rows["nconst"], rows["primaryName"].str.strip(), strict=True)
        names.update((person, name) for person, name in found if name)
    return names
