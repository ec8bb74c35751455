"""Read MovieLens 100K with Freebase facts from the example data of the recbole wheel.

The facts (.kg) are triples of Freebase ids; .link maps these ids to movies. Actors, directors and
writers become credits. Genres come from MovieLens' own named classes. Freebase's genres, countries,
languages, awards, companies and so on are ids without names, which say little in an explanation, so
they are counted, not loaded. Persons have no names either and appear as "person m.0abc".
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pipeline.home import Home
from pipeline.progress import say
from pipeline.sources.archives import open_archive
from pipeline.sources.delimited import TSV, Rows, read_rows
from pipeline.sources.lines import TextFile
from pipeline.sources.movies import check_movies, exploded
from pipeline.sources.ratings import read_ratings
from pipeline.sources.tables import SourceTables
from pipeline.sources.titles import article_first
from pipeline.sources.wheel import REQUIREMENT, fetch_wheel

if TYPE_CHECKING:
    from pandas import DataFrame

NAME = "ml-100k-freebase"
_FOLDER = "recbole/dataset_example/ml-100k"
_FILES = ("ml-100k.inter", "ml-100k.item", "ml-100k.link", "ml-100k.kg")
_LIMIT = 32 << 20
_YEAR = re.compile(r"\d{4}")  # one value is "V" for video; that movie's title has the year
_UNKNOWN = "unkonwn"  # the wheel's spelling of the one movie without title and year
# Freebase relation -> our relation, and True if the movie is the triple's head.
CREDITS = {
    "film.film.actor": ("ACTED_IN", True),
    "film.actor.film": ("ACTED_IN", False),
    "film.film.directed_by": ("DIRECTED", True),
    "film.director.film": ("DIRECTED", False),
    "film.film.written_by": ("WROTE", True),
    "film.writer.film": ("WROTE", False),
}


def read_freebase(home: Home) -> SourceTables:
    """Read the data set "ml-100k-freebase", downloading the wheel unless it is in the cache.

    Raises:
        DownloadError: the wheel cannot be downloaded.
        SourceError: the wheel lacks a file or column, or a file is unusable.
    """
    return read_wheel(fetch_wheel(home))


def read_wheel(wheel: Path) -> SourceTables:
    """Read the data set from the wheel, which is a zip archive.

    Raises:
        SourceError: the wheel lacks a file or column, or a file is unusable.
    """
    with open_archive(wheel, _FOLDER, _FILES, limit=_LIMIT) as folder:
        inter, item, link, kg = (cast(TextFile, folder / name) for name in _FILES)
        movies = check_movies(_items(item))
        ratings = read_ratings(inter, movies.frame["movieId"].to_numpy(), TSV, rename=_RATINGS)
        known = set(movies.frame["movieId"])
        links = {entity: movie for entity, movie in _links(link).items() if movie in known}
        credits, left_out = _credits(kg, links)
    frame = movies.frame.assign(title=movies.frame["title"].map(article_first))
    most = ", ".join(f"{relation} {count:,}" for relation, count in left_out.most_common(3))
    say(
        f"{NAME}: {len(credits):,} credits; skipped {left_out.total():,} facts of {len(left_out)} "
        f"other relations (the most frequent: {most})"
    )
    linked = credits["movieId"].nunique()
    return SourceTables(
        name=NAME,
        description=(
            f"{NAME}: MovieLens 100K with Freebase facts from the wheel {REQUIREMENT}; "
            f"{linked:,} of {len(frame):,} movies have credits; the persons have no names"
        ),
        movies=frame[["movieId", "title", "year", "imdbId"]],
        genres=exploded(frame, "genre", " ")[["movieId", "genre"]],
        credits=credits,
        ratings=ratings.frame,
        rows_read=movies.rows_read + ratings.rows_read,
        refused=movies.refused + ratings.refused,
    )


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


def _items(file: TextFile) -> Rows:
    rows = read_rows(file, tuple(_ITEMS.values()), TSV, rename=_ITEMS)
    title, year, genre = (rows.columns[name] for name in ("title", "year", "genre"))
    cleaned = {
        "title": ["unknown" if text == _UNKNOWN else text for text in title],
        "year": [text if _YEAR.fullmatch(text) else "" for text in year],
        "genre": ["" if text == "unknown" else text for text in genre],
    }
    return dataclasses.replace(rows, columns={**rows.columns, **cleaned})


def _links(file: TextFile) -> dict[str, int]:
    """Return Freebase id -> movieId."""
    names = {"item_id:token": "movieId", "entity_id:token": "entity"}
    columns = read_rows(file, ("movieId", "entity"), TSV, rename=names).columns
    pairs = zip(columns["entity"], columns["movieId"], strict=True)
    return {entity: int(movie) for entity, movie in pairs if movie.isdecimal()}


def _credits(file: TextFile, movies: dict[str, int]) -> tuple[DataFrame, Counter[str]]:
    """Return the credits, and the number of other facts per relation.

    A fact and its inverse are one credit.
    """
    import pandas as pd

    names = {"head_id:token": "head", "relation_id:token": "relation", "tail_id:token": "tail"}
    columns = read_rows(file, ("head", "relation", "tail"), TSV, rename=names).columns
    found: dict[tuple[int, str, str], None] = {}
    left_out: Counter[str] = Counter()
    for head, relation, tail in zip(*(columns[name] for name in names.values()), strict=True):
        ours, movie_first = CREDITS.get(relation, ("", True))
        film, person = (head, tail) if movie_first else (tail, head)
        if ours and film in movies and person not in movies:
            found[movies[film], ours, person] = None
        else:
            left_out[relation] += 1
    frame = pd.DataFrame(list(found), columns=["movieId", "relation", "personId"])
    frame = frame.astype({"movieId": "int64", "relation": str, "personId": str})
    frame["name"] = "person " + frame["personId"]
    frame["order"] = pd.Series([pd.NA] * len(frame), dtype="Int64")
    return frame, left_out
