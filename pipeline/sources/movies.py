"""Check the movies of any source: valid ids and years, each movie once, lists split."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.errors import SourceError
from pipeline.progress import say
from pipeline.sources.delimited import Rows
from pipeline.sources.numbers import whole_numbers
from pipeline.sources.tables import RefusedRow
from pipeline.sources.titles import is_year, split_year

if TYPE_CHECKING:
    from pandas import DataFrame

_YEAR = re.compile(r"([0-9]{1,4})(?:\.0*)?")
_IMDB_ID = re.compile(r"(?:tt)?([0-9]{1,12})(?:\.0*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Movies:
    """The usable rows of a movies file.

    Attributes:
        frame: movieId int64, title str, year Int64, imdbId str or NA; then the other columns
            that were read, as strings. In input order.
        refused: the unusable rows, in order of line.
    """

    frame: DataFrame
    refused: list[RefusedRow]

    @property
    def rows_read(self) -> int:
        """Number of rows in the file."""
        return len(self.frame) + len(self.refused)


def check_movies(rows: Rows) -> Movies:
    """Check the columns movieId and title, and year and imdbId if present.

    A missing or unreadable year is taken from a title such as "Toy Story (1995)", else left out.
    Years in which there is no film, such as 0, count as unreadable. An unreadable imdbId is left
    out. The movie is usable without them. If a movie occurs twice, the first row is kept.

    Raises:
        SourceError: no row is usable.
    """
    import pandas as pd

    ids, reasons = whole_numbers("movieId", rows.columns["movieId"])
    titles = [one_line(title) for title in rows.columns["title"]]
    for row, title in enumerate(titles):
        if not title:
            reasons.setdefault(row, "title is missing")
    titles, years = _years(rows, titles)
    first: dict[int, int] = {}
    for row, movie in enumerate(ids.tolist()):
        if row not in reasons and first.setdefault(movie, rows.lines[row]) != rows.lines[row]:
            reasons[row] = f"movie {movie} is already on line {first[movie]}"
    frame = pd.DataFrame({**rows.columns, "movieId": ids, "title": titles})
    frame["year"] = pd.Series(years, dtype="Int64")
    frame["imdbId"] = _imdb_ids(rows)
    frame = frame[~frame.index.isin(list(reasons))].reset_index(drop=True)
    refused = sorted(rows.refused + rows.refuse(reasons), key=lambda row: row.line)
    if frame.empty:
        raise SourceError(
            f"{rows.file}: none of its {rows.read} rows is usable; "
            f"line {refused[0].line}: {refused[0].reason}"
        )
    leading = ["movieId", "title", "year", "imdbId"]
    return Movies(frame[leading + [c for c in frame.columns if c not in leading]], refused)


def imdb_id(text: str) -> str | None:
    """Return "tt0114709" for 114709, 0114709, 114709.0 or tt0114709, and None for other texts."""
    match = _IMDB_ID.fullmatch(text)
    return f"tt{int(match[1]):07d}" if match else None


def one_line(text: str) -> str:
    """Return the text with its line breaks and the blanks around them as one blank."""
    return " ".join(text.split()) if "\n" in text else text


def exploded(frame: DataFrame, column: str, separator: str = "|") -> DataFrame:
    """Return movieId, ``column`` and order (from 1) for each entry of a column of lists.

    Empty entries and repetitions within a movie are skipped.
    """
    import pandas as pd

    movies: list[int] = []
    values: list[str] = []
    orders: list[int] = []
    for movie, text in zip(frame["movieId"].tolist(), frame[column].tolist(), strict=True):
        entries = dict.fromkeys(one_line(entry.strip()) for entry in text.split(separator))
        entries.pop("", None)
        movies += [movie] * len(entries)
        values += entries
        orders += range(1, len(entries) + 1)
    return pd.DataFrame(
        {
            "movieId": np.array(movies, np.int64),
            column: pd.Series(values, dtype=object).astype(str),
            "order": pd.Series(orders, dtype="Int64"),
        }
    )


def _years(rows: Rows, titles: list[str]) -> tuple[list[str], list[int | None]]:
    """Return titles without their year, and years from the year column, else from the title."""
    texts = rows.columns.get("year", [""] * len(titles))
    names, years, unread = [], [], []
    for row, (title, text) in enumerate(zip(titles, texts, strict=True)):
        name, in_title = split_year(title)
        match = _YEAR.fullmatch(text)
        given = int(match[1]) if match and is_year(int(match[1])) else None
        if text and given is None:
            unread.append(row)
        year = in_title if given is None else given
        names.append(name if year == in_title else title)
        years.append(year)
    _say_skipped(rows, "year", unread)
    return names, years


def _imdb_ids(rows: Rows) -> Any:
    import pandas as pd

    texts = rows.columns.get("imdbId", [""] * len(rows.lines))
    ids = [imdb_id(text) for text in texts]
    _say_skipped(rows, "imdbId", [i for i, text in enumerate(texts) if text and not ids[i]])
    return pd.Series(ids, dtype=pd.StringDtype("python"))


def _say_skipped(rows: Rows, column: str, unread: list[int]) -> None:
    if unread:
        first = f"{rows.columns[column][unread[0]]!r} on line {rows.lines[unread[0]]}"
        say(f"{rows.file}: skipped unreadable {column} values: {len(unread)} (first: {first})")
