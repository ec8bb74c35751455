"""Read the plain CSV source: a folder with ratings.csv and movies.csv, each plain or gzip.

ratings.csv: userId, movieId, timestamp (any integer that orders a user's history) and optionally
rating. movies.csv: movieId, title and optionally year, imdbId, genres, directors, actors, writers
(the last four are lists separated by ``|``). "Matrix, The" becomes "The Matrix". A person's name is
also the personId, because the files have no other identifier.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import SourceError
from pipeline.sources.delimited import read_rows
from pipeline.sources.movies import check_movies, exploded
from pipeline.sources.ratings import read_ratings
from pipeline.sources.tables import SourceTables
from pipeline.sources.titles import article_first

if TYPE_CHECKING:
    from pandas import DataFrame

_CREDITS = {"directors": "DIRECTED", "actors": "ACTED_IN", "writers": "WROTE"}
_NO_GENRES = "(no genres listed)"  # GroupLens' notation for an empty list


def read_csv_folder(folder: Path) -> SourceTables:
    """Read the folder's two files.

    Raises:
        SourceError: no such folder or file, or an unusable file.
    """
    if not folder.is_dir():
        problem = "is not a folder" if folder.exists() else "does not exist"
        raise SourceError(f"{folder} {problem}; give a folder with ratings.csv and movies.csv")
    movies_file, ratings_file = _file(folder, "movies.csv"), _file(folder, "ratings.csv")
    optional = ("year", "imdbId", "genres", *_CREDITS)
    movies = check_movies(read_rows(movies_file, ("movieId", "title"), optional=optional))
    ratings = read_ratings(ratings_file, movies.frame["movieId"].to_numpy())
    frame = movies.frame.assign(title=movies.frame["title"].map(article_first))
    name = folder.resolve().name
    return SourceTables(
        name=name,
        description=f"{name}: {ratings_file.name} and {movies_file.name} in {folder}",
        movies=frame[["movieId", "title", "year", "imdbId"]],
        genres=_genres(frame),
        credits=_credits(frame),
        ratings=ratings.frame,
        rows_read=movies.rows_read + ratings.rows_read,
        refused=movies.refused + ratings.refused,
    )


def _file(folder: Path, name: str) -> Path:
    for file in (folder / name, folder / f"{name}.gz"):
        if file.is_file():
            return file
    held = ", ".join(sorted(file.name for file in folder.iterdir())[:10]) or "nothing"
    raise SourceError(f"{folder} has neither {name} nor {name}.gz; it contains {held}")


def _genres(movies: DataFrame) -> DataFrame:
    listed = exploded(movies.assign(genre=movies.get("genres", "")), "genre")
    return listed.loc[listed["genre"] != _NO_GENRES, ["movieId", "genre"]].reset_index(drop=True)


def _credits(movies: DataFrame) -> DataFrame:
    import pandas as pd

    parts = []
    for column, relation in _CREDITS.items():
        part = exploded(movies.assign(name=movies.get(column, "")), "name")
        part.insert(1, "relation", relation)
        part.insert(2, "personId", part["name"])
        if relation != "ACTED_IN":  # only the order of a cast list is meaningful
            part["order"] = pd.Series([None] * len(part), dtype="Int64")
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
