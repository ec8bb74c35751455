"""The tables that every source returns, whatever its files look like.

``delimited`` reads text files line by line. ``movies`` and ``ratings`` turn the strings into these
tables and refuse unusable rows. Each source module knows the files of its format.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pandas import DataFrame

    from pipeline.sources.link_reports import LinkReport, PeopleCheck

RELATIONS = ("DIRECTED", "ACTED_IN", "WROTE")  # values of ``credits.relation``


class RefusedRow(NamedTuple):
    """An unusable row; it is written to the quarantine file."""

    file: str
    line: int  # 1-based, as an editor counts
    reason: str
    text: str  # the original line


@dataclass(frozen=True)
class SourceTables:
    """A data set as pandas tables with checked types, in input order.

    Each movie and each (user, movie) pair occurs once, and every row of ``genres``, ``credits``
    and ``ratings`` belongs to a row of ``movies``.

    Attributes:
        name: the data set's name, for example "ml-100k", or the folder's name.
        description: the source actually used, to be shown on screen.
        movies: movieId int64, title str, year Int64, imdbId str or NA ("tt0114709").
        genres: movieId int64, genre str.
        credits: movieId int64, relation str (one of RELATIONS), personId str, name str,
            order Int64 (from 1; NA where the source has no order).
        ratings: userId int64, movieId int64, rating float64 (NaN where the source has none),
            timestamp int64.
        rows_read: rows of the ratings and movies files: those in the tables plus ``refused``.
        refused: the unusable rows of these files.
        links: reports on how well facts of other catalogues were joined to the movies.
        people: how alike films of one director are; None where it was not checked.
    """

    name: str
    description: str
    movies: DataFrame
    genres: DataFrame
    credits: DataFrame
    ratings: DataFrame
    rows_read: int
    refused: list[RefusedRow]
    links: tuple[LinkReport, ...] = ()
    people: PeopleCheck | None = None

    @property
    def warnings(self) -> list[str]:
        """Why facts seem to stand on wrong movies, in words; empty if they do not."""
        found = [warning for report in self.links for warning in report.warnings]
        return found + (self.people.warnings if self.people else [])
