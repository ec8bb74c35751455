"""Add IMDb's directors, writers, actors and genres to the movies of another source.

IMDb's official files are large (title.principals has some 90 million rows), so they are read in
chunks, of which only the rows of our movies are kept. IMDb's nconst identifies a person. A null is
\\N in IMDb's files; an empty field counts as one too.
"""

from __future__ import annotations

import dataclasses
import gzip
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast

import pandas as pd

from pipeline.errors import SourceError
from pipeline.progress import progress_bar
from pipeline.sources.link_checks import BY_ID, BY_TITLE, Link, check_links
from pipeline.sources.linking import TITLE_TYPES, Candidate, TitleLinker
from pipeline.sources.tables import SourceTables
from pipeline.sources.titles import FIRST_YEAR, last_year

FILES = ("title.basics", "title.crew", "title.principals", "name.basics")
CHUNK_ROWS = 500_000
_MIB = 1 << 20
_NULL = "\\N"
_ID_STARTS = {"tconst": "tt", "nconst": "nm"}


def enrich(tables: SourceTables, folder: Path) -> SourceTables:
    """Return the tables with IMDb's attributes; movies that IMDb does not know stay unchanged.

    A movie is linked by its imdbId, or else by title and year (see linking). For a linked movie,
    IMDb's credits replace those of the source, which identifies persons by other ids. IMDb's
    genres are added to those of the source.

    Raises:
        SourceError: a file is missing, damaged or has the wrong columns.
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


def _chunks(file: Path, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
    """Yield a TSV file's columns as strings, NA for nulls, CHUNK_ROWS rows at a time."""
    size = file.stat().st_size
    try:
        with file.open("rb") as raw, progress_bar(f"{file.name} (MiB)", size // _MIB) as advance:
            unpacked = gzip.GzipFile(fileobj=raw) if file.suffix == ".gz" else raw
            done = 0
            for chunk in pd.read_csv(
                cast(IO[bytes], unpacked),
                sep="\t",
                quoting=3,
                usecols=list(columns),
                dtype=str,
                na_values=[_NULL, ""],
                keep_default_na=False,
                chunksize=CHUNK_ROWS,
            ):
                _check_ids(file, chunk, columns[0])
                yield chunk
                advance(raw.tell() // _MIB - done)
                done = raw.tell() // _MIB
    except pd.errors.EmptyDataError:
        raise SourceError(f"{file} is empty") from None
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SourceError(f"{file} is damaged ({error}); download it again") from None
    except (pd.errors.ParserError, UnicodeDecodeError, ValueError) as error:
        wanted = ", ".join(columns)
        raise SourceError(
            f"{file} cannot be read as an IMDb file with the columns {wanted}: "
            f"{' '.join(str(error).split())}"
        ) from None


def _check_ids(file: Path, chunk: pd.DataFrame, column: str) -> None:
    """Check the first row with an id, which reveals other contents or shifted columns."""
    for row, text in zip(chunk.index, chunk[column], strict=True):
        if isinstance(text, str) and text.strip():
            if text.startswith(_ID_STARTS[column]):
                return
            raise SourceError(f"{file}: line {row + 2}: {text!r} is not a valid {column}")


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
        years = pd.to_numeric(chunk["startYear"], errors="coerce").astype("Float64")
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
        for chunk in _chunks(files["title.crew"], ["tconst", "directors", "writers"])
        for relation, column in (("DIRECTED", "directors"), ("WROTE", "writers"))
        if not (crew := _listed(chunk[chunk["tconst"].isin(wanted)], column)).empty
    ]
    for chunk in _chunks(files["title.principals"], ["tconst", "ordering", "nconst", "category"]):
        rows = chunk[chunk["tconst"].isin(wanted) & chunk["category"].isin(["actor", "actress"])]
        cast_of = rows.rename(columns={"nconst": "personId", "ordering": "order"})
        cast_of = _with_person(cast_of[["tconst", "personId", "order"]])
        found.append(cast_of.assign(relation="ACTED_IN"))
    credits = pd.concat(found, ignore_index=True)
    credits["order"] = pd.to_numeric(credits["order"], errors="coerce").astype("Int64")
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
    return rows.assign(order=rows.groupby(level=0).cumcount() + 1)


def _with_person(credits: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that name a person."""
    persons = credits["personId"].str.strip()
    return credits.assign(personId=persons)[persons.notna() & ~persons.isin(["", _NULL])]


def _names(file: Path, persons: set[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for chunk in _chunks(file, ["nconst", "primaryName"]):
        rows = chunk[chunk["nconst"].isin(persons)].dropna()
        found = zip(rows["nconst"], rows["primaryName"].str.strip(), strict=True)
        names.update((person, name) for person, name in found if name)
    return names
