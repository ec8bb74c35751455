"""Read MovieLens 100K from the example data of the recbole wheel: ratings, titles, years, genres.

The wheel also has Freebase facts (.kg) and a file that links them to movies (.link). They are not
read: the links are MovieLens 1M's ids, so the facts would stand on wrong films (see docs/data.md).
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import cast

from pipeline.sources.archives import open_archive
from pipeline.sources.delimited import TSV, Rows, read_rows
from pipeline.sources.lines import TextFile
from pipeline.sources.movielens import without_credits
from pipeline.sources.movies import check_movies, exploded
from pipeline.sources.ratings import read_ratings
from pipeline.sources.tables import SourceTables
from pipeline.sources.titles import article_first
from pipeline.sources.wheel import RECBOLE

_FOLDER = "recbole/dataset_example/ml-100k"
_FILES = ("ml-100k.inter", "ml-100k.item")
_LIMIT = 32 << 20
_YEAR = re.compile(r"\d{4}")  # one value is "V" for video; that movie's title has the year
_UNKNOWN = "unkonwn"  # the wheel's spelling of the one movie without title and year
_RATINGS = {
    "user_id:token": "userId",
    "item_id:token": "movieId",
    "rating:float": "rating",
    "timestamp:float": "timestamp",
}
_ITEMS = {
    "item_id:token": "movieId",
    "movie_title:token_seq": "title",
    "release_year:token": "year",
    "class:token_seq": "genre",
}


def read_recbole(wheel: Path, name: str) -> SourceTables:
    """Read MovieLens 100K from the wheel, which is a zip archive.

    Raises:
        SourceError: the wheel lacks a file or column, or a file is unusable.
    """
    with open_archive(wheel, _FOLDER, _FILES, limit=_LIMIT) as folder:
        inter, item = (cast(TextFile, folder / file) for file in _FILES)
        movies = check_movies(_items(item))
        ratings = read_ratings(inter, movies.frame["movieId"].to_numpy(), TSV, rename=_RATINGS)
    frame = movies.frame.assign(title=movies.frame["title"].map(article_first))
    return SourceTables(
        name=name,
        description=f"{name}: MovieLens 100K from the wheel {RECBOLE.requirement}",
        movies=frame[["movieId", "title", "year", "imdbId"]],
        genres=exploded(frame, "genre", " ")[["movieId", "genre"]],
        credits=without_credits(),
        ratings=ratings.frame,
        rows_read=movies.rows_read + ratings.rows_read,
        refused=movies.refused + ratings.refused,
    )


def _items(file: TextFile) -> Rows:
    rows = read_rows(file, tuple(_ITEMS.values()), TSV, rename=_ITEMS)
    title, year, genre = (rows.columns[name] for name in ("title", "year", "genre"))
    cleaned = {
        "title": ["unknown" if text == _UNKNOWN else text for text in title],
        "year": [text if _YEAR.fullmatch(text) else "" for text in year],
        "genre": ["" if text == "unknown" else text for text in genre],
    }
    return dataclasses.replace(rows, columns={**rows.columns, **cleaned})
