"""Finds movies and people by names that may be misspelt."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from pipeline.content.catalogue import entity_name
from pipeline.content.dataset import read_dataset
from pipeline.errors import ConfigError, GraphContentError
from pipeline.graph import Graph
from pipeline.queries import load_query
from pipeline.schema import MOVIELENS

# Lucene refuses queries of more than 1,024 clauses. A word has at most 50 for the words like it,
# and one per letter in scripts without spaces.
_WORDS, _LETTERS = 10, 50
_COMPARED = 500  # best matches of the indexes, whose whole names are compared with the words
_INDEXES = ("movie_title", "person_name")
_SPECIAL = re.compile(r"([^\w])")
_ONE_TYPO, _TWO_TYPOS = 4, 6  # least letters of a word that may have one typo, or two


@dataclass(frozen=True)
class Match:
    """A movie or a person whose name matches.

    Attributes:
        kind: "Movie" or "Person".
        key: the movieId or personId.
        name: title and year, or the person's name.
        score: how like the words the name is, with or without its year, 0..1.
        ratings: number of users who rated the movie, without held-out ratings; 0 for a person.
        directed: number of films that the person directed; 0 for a movie.
        wrote: number of films that the person wrote.
        acted: number of films that the person acted in.
    """

    kind: str
    key: int | str
    name: str
    score: float
    ratings: int
    directed: int
    wrote: int
    acted: int

    @property
    def size(self) -> int:
        """The number of a movie's ratings, or of a person's parts in films."""
        return self.ratings + self.directed + self.wrote + self.acted

    @property
    def is_movie(self) -> bool:
        """True for a movie, False for a person."""
        return self.kind == MOVIELENS.movie


def search(graph: Graph, words: Sequence[str], *, limit: int = 10) -> list[Match]:
    """Return the movies and people whose names have some of these words, the best first.

    The indexes find names by their words, of which each may match; those that are most like all the
    words together come first. Of equally good ones, movies with more ratings and people with more
    films come first. A word of 4 letters or more may have a typo, or an accent less, one of 6 or
    more two. At most 10 words count. The first search creates the indexes.

    Raises:
        ConfigError: ``limit`` is not positive.
        GraphContentError: the graph is empty or incomplete, or has no indexes and is open for
            reading only.
    """
    if limit < 1:
        raise ConfigError(f"limit = {limit!r} must be more than 0")
    read_dataset(graph)
    text = " ".join(words)
    query = lucene_query(text)
    if not query:
        return []
    _ensure_indexes(graph)
    rows = graph.rows(load_query("read/search"), words=query, limit=max(limit, _COMPARED))
    found = [
        Match(
            MOVIELENS.movie if kind == graph.schema.movie else MOVIELENS.person,
            key,
            entity_name(kind, key, name, year),
            max(_likeness(text, name), _likeness(text, f"{name} {year}")),
            *numbers,
        )
        for kind, key, name, year, *numbers in rows
    ]
    found.sort(key=lambda each: (-each.score, -each.size))
    return found[:limit]


def lucene_query(text: str) -> str:
    """Return a Lucene query for any of the words in ``text``, each as it is or with typos.

    All characters but letters and digits are escaped, so no word is an operator.
    """
    storable = text.encode("utf-8", errors="ignore").decode()  # no halves of surrogate pairs
    words = [word[:_LETTERS] for word in storable.lower().split()[:_WORDS]]
    return " OR ".join(_clause(word) for word in words)


def _clause(word: str) -> str:
    escaped = _SPECIAL.sub(r"\\\1", word)
    if len(word) < _ONE_TYPO:
        return escaped
    typos = 1 if len(word) < _TWO_TYPOS else 2
    return f"{escaped} OR {escaped}~{typos}"


def _likeness(text: str, name: str) -> float:
    """Return how like two texts are, 0..1 in hundredths, in any case and without accents."""
    return round(fuzz.WRatio(_folded(text), _folded(name))) / 100


def _folded(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(part for part in parts if not unicodedata.combining(part))
    return " ".join(re.findall(r"\w+", letters))


def _ensure_indexes(graph: Graph) -> None:
    online = {row["name"] for row in graph.read(load_query("read/name_indexes"))}
    missing = [name for name in _INDEXES if graph.schema.index_of(name) not in online]
    if missing and graph.read_only:
        raise GraphContentError(
            "the graph has no index of names yet; the first search on the command line creates it: "
            "pipeline search WORDS"
        )
    for name in missing:
        graph.write_schema(load_query(f"schema/{name}_index"))
    if missing:
        graph.write(load_query("schema/await_indexes"))
