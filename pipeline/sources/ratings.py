"""Check the ratings of any source: valid numbers, known movies, each (user, movie) pair once.

A row whose rating is blank is usable: the user has seen the movie.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.errors import SourceError
from pipeline.progress import say
from pipeline.sources.delimited import CSV, Layout, Rows, iter_rows, line_texts
from pipeline.sources.lines import TextFile
from pipeline.sources.numbers import finite_numbers, whole_numbers
from pipeline.sources.tables import RefusedRow

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame

REQUIRED = ("userId", "movieId", "timestamp")
_POSITIONAL = ("userId", "movieId", "rating", "timestamp")  # column order of files without a header


@dataclass(frozen=True)
class Ratings:
    """The usable rows of a ratings file.

    Attributes:
        frame: userId int64, movieId int64, rating float64 (NaN where it is blank, or
            without such a column), timestamp int64, in input order.
        refused: the unusable rows, in order of line.
        rows_read: number of usable and refused rows.
    """

    frame: DataFrame
    refused: list[RefusedRow]
    rows_read: int


def read_ratings(
    file: TextFile,
    movies: NDArray[np.int64],
    layout: Layout = CSV,
    *,
    rename: Mapping[str, str] | None = None,
) -> Ratings:
    """Read a ratings file of any length. If a pair is rated twice, keep its first row.

    Args:
        file: plain or gzip.
        movies: the movieIds that may be rated.
        layout: see delimited.iter_rows; without a header the fields are userId, movieId, rating,
            timestamp.
        rename: name in the header -> userId, movieId, rating or timestamp.

    Raises:
        SourceError: see delimited.iter_rows; also if no row is usable.
    """
    import pandas as pd

    known = np.unique(movies)
    refused: list[RefusedRow] = []
    parts: list[dict[str, NDArray[np.int64] | NDArray[np.float64]]] = []
    columns = REQUIRED if layout.header else _POSITIONAL
    rows_read = 0
    starred = False  # True if there is a column of ratings
    for rows in iter_rows(file, columns, layout, optional=["rating"], rename=rename):
        part, block_refused = _check(rows, known)
        parts.append(part)
        starred = "rating" in rows.columns
        refused += block_refused
        rows_read += rows.read
    frame = pd.DataFrame({name: np.concatenate([p[name] for p in parts]) for name in parts[0]})
    parts.clear()
    again = _repeated(frame)
    if again.any():
        refused += _refuse_repeated(file, frame[again], layout)
        refused.sort(key=lambda row: row.line)
        frame = frame[~again].reset_index(drop=True)
    if frame.empty:
        first = refused[0]
        raise SourceError(
            f"{file}: none of its {rows_read} rows is usable; line {first.line}: {first.reason}"
        )
    blank = frame["line"][frame["rating"].isna()]
    if starred and len(blank):
        say(
            f"{file}: ratings without stars: {len(blank):,} (first: line {blank.iloc[0]}); "
            "loaded without a rating"
        )
    return Ratings(frame.drop(columns="line"), refused, rows_read)


def _check(
    rows: Rows, known: NDArray[np.int64]
) -> tuple[dict[str, NDArray[np.int64] | NDArray[np.float64]], list[RefusedRow]]:
    reasons: dict[int, str] = {}
    part: dict[str, NDArray[np.int64] | NDArray[np.float64]] = {}
    for name in _POSITIONAL:
        if name not in rows.columns:  # only the rating may be absent
            part[name] = np.full(len(rows.lines), np.nan)
            continue
        values = rows.columns[name]
        if name == "rating":
            part[name], bad = finite_numbers(name, values)
            bad = {row: reason for row, reason in bad.items() if values[row]}
        else:
            part[name], bad = whole_numbers(name, values)
        reasons = bad | reasons
    movie = part["movieId"]
    for row in np.flatnonzero(~np.isin(movie, known)).tolist():
        reasons.setdefault(row, f"movie {movie[row]} is not in the movies file")
    part["line"] = np.asarray(rows.lines, np.int64)
    if reasons:
        usable = np.ones(len(movie), bool)
        usable[list(reasons)] = False
        part = {name: values[usable] for name, values in part.items()}
    refused = rows.refused + rows.refuse(reasons)
    return part, sorted(refused, key=lambda row: row.line)


def _repeated(frame: DataFrame) -> NDArray[np.bool_]:
    """Return a mask of the rows whose (user, movie) pair is on an earlier row."""
    import pandas as pd

    users, _ = pd.factorize(frame["userId"])
    movies, known = pd.factorize(frame["movieId"])
    pairs = pd.Series(users * np.int64(max(len(known), 1)) + movies)
    return pairs.duplicated().to_numpy()


def _refuse_repeated(file: TextFile, repeated: DataFrame, layout: Layout) -> list[RefusedRow]:
    texts = line_texts(file, repeated["line"].tolist(), layout)
    return [
        RefusedRow(
            str(file), line, f"user {user} rated movie {movie} on an earlier line", texts[line]
        )
        for user, movie, line in zip(
            repeated["userId"].tolist(),
            repeated["movieId"].tolist(),
            repeated["line"].tolist(),
            strict=True,
        )
    ]
