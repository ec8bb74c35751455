"""Read MovieLens as GroupLens publishes it: 100K, 1M, 10M, and the CSV files of later ones.

Each file may be packed by gzip, with .gz after its name. Files without a header are UTF-8 or
latin-1.

Titles are split from their year: "Matrix, The (1999)" becomes "The Matrix" and 1999. MovieLens has
no persons, so there are no credits.
"""

from __future__ import annotations

import dataclasses
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pipeline.progress import say
from pipeline.sources.delimited import CSV, Layout, Rows, read_rows
from pipeline.sources.lines import TextFile
from pipeline.sources.movies import Movies, check_movies, exploded, imdb_id
from pipeline.sources.numbers import whole_numbers
from pipeline.sources.ratings import Ratings, read_ratings
from pipeline.sources.tables import SourceTables
from pipeline.sources.titles import article_first, is_year

if TYPE_CHECKING:
    from pandas import DataFrame

Folder = Path | zipfile.Path

# The genre flags of u.item in file order. A first flag, "unknown", means no genre.
# fmt: off
GENRES_100K = (
    "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary",
    "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi",
    "Thriller", "War", "Western",
)
# fmt: on
_ITEM_COLUMNS = ("movieId", "title", "released", "video", "url", "unknown", *GENRES_100K)
_NO_GENRES = "(no genres listed)"


def read_100k(folder: Folder, name: str) -> SourceTables:
    """Read MovieLens 100K: u.data and u.item.

    Raises:
        SourceError: a file is missing or unusable.
    """
    rows = read_rows(
        _file(folder, "u.item"),
        _ITEM_COLUMNS,
        Layout(separator="|", encoding="latin-1", header=False),
    )
    flags = [rows.columns[genre] for genre in GENRES_100K]
    listed = [
        "|".join(genre for genre, flag in zip(GENRES_100K, row, strict=True) if flag == "1")
        for row in zip(*flags, strict=True)
    ]
    movies = check_movies(_with(rows, "genre", listed))
    released = movies.frame["released"].str.extract(r"(\d{4})$")[0].astype("Int64")
    released = released.where(released.map(is_year, na_action="ignore").eq(True))
    movies.frame["year"] = movies.frame["year"].fillna(released)
    ratings = read_ratings(
        _file(folder, "u.data"),
        movies.frame["movieId"].to_numpy(),
        Layout(separator="\t", encoding="latin-1", header=False),
    )
    return _tables(name, f"MovieLens 100K (u.data, u.item) in {folder}", movies, ratings)


def read_1m(folder: Folder, name: str) -> SourceTables:
    """Read MovieLens 1M or 10M: ratings.dat and movies.dat.

    Raises:
        SourceError: a file is missing or unusable.
    """
    layout = Layout(separator="::", encoding="latin-1", header=False)
    columns = ("movieId", "title", "genre")
    movies = check_movies(read_rows(_file(folder, "movies.dat"), columns, layout))
    known = movies.frame["movieId"].to_numpy()
    ratings = read_ratings(_file(folder, "ratings.dat"), known, layout)
    return _tables(name, f"MovieLens (ratings.dat, movies.dat) in {folder}", movies, ratings)


def read_latest(folder: Folder, name: str) -> SourceTables:
    """Read MovieLens latest, 20M, 25M or 32M: ratings.csv, movies.csv, and links.csv for imdbId.

    Raises:
        SourceError: a file is missing or unusable.
    """
    file = _file(folder, "movies.csv")
    rows = read_rows(file, ("movieId", "title", "genre"), CSV, rename={"genres": "genre"})
    links_file = _file(folder, "links.csv")
    links = _links(links_file)
    ids, _ = whole_numbers("movieId", rows.columns["movieId"])
    movies = check_movies(_with(rows, "imdbId", [links.get(movie, "") for movie in ids.tolist()]))
    _say_unlinked(links_file, links, file, movies)
    ratings = read_ratings(_file(folder, "ratings.csv"), movies.frame["movieId"].to_numpy())
    used = "ratings.csv, movies.csv, links.csv"
    return _tables(name, f"MovieLens ({used}) in {folder}", movies, ratings)


def without_credits() -> DataFrame:
    """Return an empty table of credits."""
    import pandas as pd

    texts = {name: pd.Series([], dtype=str) for name in ("relation", "personId", "name")}
    return pd.DataFrame(
        {
            "movieId": pd.Series([], dtype="int64"),
            **texts,
            "order": pd.Series([], dtype="Int64"),
        }
    )


def _file(folder: Folder, name: str) -> TextFile:
    """Return the file, or else the packed one, or else the one to be named as missing."""
    places = (folder / name, folder / f"{name}.gz")
    return cast(TextFile, next((place for place in places if place.is_file()), places[0]))


def _with(rows: Rows, column: str, values: list[str]) -> Rows:
    return dataclasses.replace(rows, columns={**rows.columns, column: values})


def _links(file: TextFile) -> dict[int, str]:
    """Return movieId -> its first readable imdbId, or "" if there is none."""
    rows = read_rows(file, ("movieId", "imdbId"), CSV)
    movies, reasons = whole_numbers("movieId", rows.columns["movieId"])
    refused = sorted(rows.refused + rows.refuse(reasons), key=lambda row: row.line)
    if refused:
        first = f"line {refused[0].line}: {refused[0].reason}"
        say(f"{file}: skipped unreadable rows: {len(refused):,} (first: {first})")
    links: dict[int, str] = {}
    unread = []
    for row, (movie, text) in enumerate(zip(movies.tolist(), rows.columns["imdbId"], strict=True)):
        if row not in reasons:
            links[movie] = links.get(movie) or imdb_id(text) or ""
            if text and not imdb_id(text):
                unread.append((text, movie))
    if unread:
        text, movie = unread[0]
        say(
            f"{file}: skipped unreadable imdbIds: {len(unread):,} "
            f"(first: {text!r} of movie {movie})"
        )
    return links


def _say_unlinked(
    file: TextFile, links: dict[int, str], movies_file: TextFile, movies: Movies
) -> None:
    """Count the movies of only one of the two files."""
    known = movies.frame["movieId"].tolist()
    strange = sorted(links.keys() - set(known))
    unlinked = movies.frame["movieId"][movies.frame["imdbId"].isna()].tolist()
    counts = [
        f"{what}: {len(ids):,} (first: movie {ids[0]})"
        for what, ids in (
            (f"movies that {movies_file} lacks", strange),
            ("movies without a link", unlinked),
        )
        if ids
    ]
    if counts:
        say(f"{file}: {'; '.join(counts)}")


def _tables(name: str, description: str, movies: Movies, ratings: Ratings) -> SourceTables:
    frame = movies.frame.assign(title=movies.frame["title"].map(article_first))
    genres = exploded(frame, "genre")
    return SourceTables(
        name=name,
        description=f"{name}: {description}",
        movies=frame[["movieId", "title", "year", "imdbId"]],
        genres=genres.loc[genres["genre"] != _NO_GENRES, ["movieId", "genre"]].reset_index(
            drop=True
        ),
        credits=without_credits(),
        ratings=ratings.frame,
        rows_read=movies.rows_read + ratings.rows_read,
        refused=movies.refused + ratings.refused,
    )
