"""Find the title of another catalogue, such as IMDb, for a movie by its name and year.

Names are compared by rapidfuzz' ratio (0 to 100), ignoring case, accents and punctuation. A title
matches a movie if the ratio is at least THRESHOLD, the years differ by at most YEARS, and the names
contain the same numbers: "Rocky II" and "Rocky III" are similar, but they are two films.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.process import cdist

from pipeline.sources.titles import article_first, title_variants

THRESHOLD = 90.0  # of 100; one letter in ten may differ
YEARS = 1  # MovieLens and IMDb sometimes disagree on the release year by one
# IMDb's title types of movies, the likeliest first. Series and episodes are ignored.
TITLE_TYPES = ("movie", "tvMovie", "video", "short", "tvSpecial", "tvShort")
_SLICE = 4_096  # candidates compared at a time; bounds the score matrix
_SUBTITLE = re.compile(r"\s*:\s+|\s+[-–—]\s+")
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8"}


class Candidate(NamedTuple):
    """A title of the other catalogue."""

    imdb_id: str
    title_type: str
    year: int
    names: tuple[str, ...]  # primary and original title
    genres: str  # as IMDb writes them: "Animation,Comedy"


class _Link(NamedTuple):
    rank: tuple[float, int, int, int, str]  # the smallest wins
    candidate: Candidate


class TitleLinker:
    """Keeps, for each movie, the best of the candidates offered so far."""

    def __init__(self, movies: Iterable[tuple[int, str, int]]) -> None:
        """Take (movieId, title, year) of the movies to link."""
        self._wanted: dict[int, list[tuple[int, str]]] = defaultdict(list)
        self._years: dict[int, int] = {}
        self._links: dict[int, _Link] = {}
        for movie, title, year in movies:
            self._years[movie] = year
            names = dict.fromkeys(normalised(name) for name in title_variants(article_first(title)))
            for near in range(year - YEARS, year + YEARS + 1):
                self._wanted[near] += [(movie, name) for name in names if name]

    @property
    def years(self) -> set[int]:
        """Years in which a candidate can match."""
        return set(self._wanted)

    @property
    def links(self) -> dict[int, Candidate]:
        """movieId -> the best candidate. Movies without a match are absent."""
        return {movie: link.candidate for movie, link in self._links.items()}

    def offer(self, candidates: Iterable[Candidate]) -> None:
        """Compare candidates with the movies of about the same year and keep the best."""
        by_year: dict[int, list[tuple[str, Candidate]]] = defaultdict(list)
        for candidate in candidates:
            names = dict.fromkeys(normalised(name) for name in candidate.names)
            by_year[candidate.year] += [(name, candidate) for name in names if name]
        for year, offered in by_year.items():
            wanted = self._wanted.get(year, [])
            for start in range(0, len(offered) if wanted else 0, _SLICE):
                self._compare(wanted, offered[start : start + _SLICE])

    def _compare(self, wanted: list[tuple[int, str]], offered: list[tuple[str, Candidate]]) -> None:
        scores = cdist(
            [name for _, name in wanted],
            [name for name, _ in offered],
            scorer=fuzz.ratio,
            score_cutoff=THRESHOLD,
            dtype=np.float32,
        )
        for row, column in np.argwhere(scores).tolist():
            movie, name = wanted[row]
            other, candidate = offered[column]
            if _numbers(name) != _numbers(other):
                continue
            rank = (
                -float(scores[row, column]),
                abs(candidate.year - self._years[movie]),
                TITLE_TYPES.index(candidate.title_type),
                len(candidate.imdb_id),  # older titles, often better known, have shorter ids
                candidate.imdb_id,
            )
            best = self._links.get(movie)
            if best is None or rank < best.rank:
                self._links[movie] = _Link(rank, candidate)


def subtitle_links(
    movies: Iterable[tuple[int, str, int]], candidates: Iterable[Candidate]
) -> dict[int, Candidate]:
    """Link movies to candidates whose title begins or ends with the movie's, or the reverse.

    "Star Wars" finds "Star Wars: Episode IV - A New Hope". The shorter title must end where the
    longer has a colon or dash, or at any word if it has two words or more; the years differ by at
    most YEARS. A pair is kept only if neither has another partner. Such links are uncertain.

    Args:
        movies: (movieId, title, year) of movies that no title matched.
        candidates: titles that matched no movie.
    """
    offered: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        offered[candidate.year].append(candidate)
    pairs: list[tuple[int, Candidate]] = []
    for movie, title, year in movies:
        names = title_variants(article_first(title))
        near = (each for y in range(year - YEARS, year + YEARS + 1) for each in offered[y])
        pairs += [
            (movie, each)
            for each in near
            if any(_part_of(name, other) for name in names for other in each.names)
        ]
    of_movie = Counter(movie for movie, _ in pairs)
    of_candidate = Counter(candidate for _, candidate in pairs)
    return {
        movie: candidate
        for movie, candidate in pairs
        if of_movie[movie] == 1 and of_candidate[candidate] == 1
    }


def _part_of(name: str, other: str) -> bool:
    """Return True if one of the titles is the beginning or the end of the other."""
    shorter, longer = sorted((name, other), key=lambda title: len(normalised(title)))
    short, whole = normalised(shorter).split(), normalised(longer).split()
    if not short or len(short) >= len(whole):
        return False
    parts = [normalised(part).split() for part in _SUBTITLE.split(longer)]
    if len(parts) > 1 and short in (parts[0], parts[-1]):
        return True
    return len(short) > 1 and short in (whole[: len(short)], whole[-len(short) :])


def normalised(name: str) -> str:
    """Return the name without case, accents and punctuation; "&" becomes "and"."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("&", " and "))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^\w]+|_", " ", letters.replace("'", "")).split())


def _numbers(name: str) -> list[str]:
    words = (_ROMAN.get(word, word) for word in name.split())
    return sorted(word for word in words if word.isdigit())
