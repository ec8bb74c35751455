"""What every source hands over: the same few tables, whatever the files looked like.

``delimited`` reads the text files line by line, ``checks`` turns the strings into these tables and
refuses what cannot be used, and each source module says which file holds what.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pandas import DataFrame

RELATIONS = ("DIRECTED", "ACTED_IN", "WROTE")  # what ``credits.relation`` may hold


class RefusedRow(NamedTuple):
    """A row that cannot be used; it goes to the quarantine file."""

    file: str
    line: int  # 1-based, as an editor counts
    reason: str
    text: str  # the line as it stands in the file


@dataclass(frozen=True)
class SourceTables:
    """A data set as pandas tables with checked types, in input order.

    Each movie and each (user, movie) pair occurs once, and every row of ``genres``, ``credits``
    and ``ratings`` belongs to a row of ``movies``.

    Attributes:
        name: the data set's name, for example "ml-100k", or the folder's name.
        description: which source was really used, to be shown on screen.
        movies: movieId int64, title str, year Int64, imdbId str or NA ("tt0114709").
        genres: movieId int64, genre str.
        credits: movieId int64, relation str (one of RELATIONS), personId str, name str,
            order Int64 (from 1; NA where the source has no order).
        ratings: userId int64, movieId int64, rating float64 (NaN where the source has none),
            timestamp int64.
        rows_read: rows of the ratings and movies files: those in the tables plus ``refused``.
        refused: the rows of these files that cannot be used.
    """

    name: str
    description: str
    movies: DataFrame
    genres: DataFrame
    credits: DataFrame
    ratings: DataFrame
    rows_read: int
    refused: list[RefusedRow]
