"""Check links between movies and the films of another catalogue by what both sides know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from rapidfuzz import fuzz

from model.arrays import Integers
from pipeline.sources.link_reports import Agreement, LinkReport, PeopleCheck, UncertainLink
from pipeline.sources.linking import Candidate, normalised
from pipeline.sources.tables import SourceTables
from pipeline.sources.titles import article_first, title_variants

BY_ID = "imdbId"  # how a link was found
BY_TITLE = "title and year"
ALIKE = 60.0  # titles with a lower ratio (0 to 100) name other films
YEARS = 2  # years that differ by more are of other films
# Shares of links that may disagree: titles and years are facts, genres are opinions.
_FACTS, _OPINIONS = 0.05, 0.15
_SAME = {
    "children's": "family",
    "children": "family",
    "science fiction": "sci-fi",
    "musical": "music",
    "film-noir": "crime",
}
_MOST_FILMS = 30  # of one director; more are several people of one name


class Link(NamedTuple):
    """A movie, the film that it is linked to, and how the link was found."""

    movie: int  # movieId
    candidate: Candidate
    how: str


def check_links(tables: SourceTables, *, facts: str, links: Sequence[Link]) -> LinkReport:
    """Compare titles, years and genres of both sides of each link.

    Args:
        tables: the movies, with genres and ratings.
        facts: the catalogue's name.
        links: at most one link per movie.
    """
    movies = _titles_and_years(tables.movies)
    genres = _genre_sets(tables.genres)
    names, years, opinions = _Tally("titles"), _Tally("years"), _Tally("genres")
    uncertain = []
    for link in links:
        title, known_year = movies[link.movie]
        other = link.candidate
        reasons = []
        if link.how == BY_ID:
            names.add(_likeness(title, other) < ALIKE)
            if known_year is not None:
                years.add(abs(known_year - other.year) > YEARS)
        else:
            reasons += _doubts(link, title)
        own = genres.get(link.movie, frozenset())
        theirs = frozenset(_genre(name) for name in other.genres.split(",") if name)
        if own and theirs:
            opinions.add(not own & theirs)
            if not own & theirs:
                reasons.append("no genre in common")
        if reasons:
            uncertain.append(
                UncertainLink(
                    link.movie,
                    title,
                    known_year,
                    other.names[0],
                    other.year,
                    other.imdb_id,
                    "; ".join(reasons),
                )
            )
    linked = {link.movie for link in links}
    rated = tables.ratings["movieId"].isin(linked)
    return LinkReport(
        facts=facts,
        movies=len(movies),
        linked=len(linked),
        ratings_share=float(rated.mean()) if len(rated) else 0.0,
        how=dict(Counter(link.how for link in links)),
        agreements=(names.result(_FACTS), years.result(_FACTS), opinions.result(_OPINIONS)),
        uncertain=tuple(uncertain),
    )


def check_people(tables: SourceTables) -> PeopleCheck:
    """Compare the genres of films that share a director with those of films that do not.

    Right facts make films of one director about twice as alike as chance; facts that stand on wrong
    films leave them at chance. No second catalogue is needed.
    """
    directed = tables.credits[tables.credits["relation"] == "DIRECTED"]
    films = np.unique(directed["movieId"].to_numpy(np.int64))
    return compare_genres(films, list(_sharing(directed)), _genre_sets(tables.genres))


def compare_genres(
    films: Integers, pairs: Sequence[tuple[int, int]], genres: Mapping[int, frozenset[str]]
) -> PeopleCheck:
    """Compare the genres of pairs of films with those of the same pairs after drawing lots.

    Args:
        films: all films in ``pairs``; int64.
        pairs: films that share a person.
        genres: the genres of films; those without any are left out.
    """
    shuffled = np.random.default_rng(0).permutation(films)
    others = dict(zip(films.tolist(), shuffled.tolist(), strict=True))
    alike = [_overlap(genres, first, second) for first, second in pairs]
    chance = [_overlap(genres, others[first], others[second]) for first, second in pairs]
    known = [value for value in alike if value is not None]
    random = [value for value in chance if value is not None]
    return PeopleCheck(
        pairs=len(known),
        alike=float(np.mean(known)) if known else 0.0,
        by_chance=float(np.mean(random)) if random else 0.0,
    )


class _Tally:
    def __init__(self, of: str) -> None:
        self._of, self._compared, self._differing = of, 0, 0

    def add(self, differs: bool) -> None:
        self._compared += 1
        self._differing += differs

    def result(self, limit: float) -> Agreement:
        return Agreement(self._of, self._compared, self._differing, limit)


def _doubts(link: Link, title: str) -> list[str]:
    """Return why a link by title may be wrong; years differ by one at most (see linking)."""
    names = {normalised(name) for name in title_variants(article_first(title))}
    if not names & {normalised(name) for name in link.candidate.names}:
        return [f"found by {link.how}; the titles differ"]
    return []


def _likeness(title: str, other: Candidate) -> float:
    names = [normalised(name) for name in title_variants(article_first(title))]
    return max(
        fuzz.token_set_ratio(name, normalised(theirs)) for name in names for theirs in other.names
    )


def _titles_and_years(movies: pd.DataFrame) -> dict[int, tuple[str, int | None]]:
    columns = (movies[name].tolist() for name in ("movieId", "title", "year"))
    return {
        movie: (title, None if pd.isna(year) else int(year))
        for movie, title, year in zip(*columns, strict=True)
    }


def _genre_sets(genres: pd.DataFrame) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for movie, genre in zip(genres["movieId"].tolist(), genres["genre"].tolist(), strict=True):
        found.setdefault(movie, set()).add(_genre(genre))
    return {movie: frozenset(names) for movie, names in found.items()}


def _genre(name: str) -> str:
    lowered = name.strip().casefold()
    return _SAME.get(lowered, lowered)


def _sharing(directed: pd.DataFrame) -> Iterator[tuple[int, int]]:
    for _, films in directed.groupby("personId")["movieId"]:
        distinct = sorted(set(films.tolist()))
        if len(distinct) <= _MOST_FILMS:
            yield from combinations(distinct, 2)


def _overlap(genres: Mapping[int, frozenset[str]], first: int, second: int) -> float | None:
    one, two = genres.get(first), genres.get(second)
    return len(one & two) / len(one | two) if one and two else None
