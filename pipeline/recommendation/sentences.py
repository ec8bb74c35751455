"""Words a path from a user to a movie as an English sentence, by its relations.

``user 1 > Toy Story > John Lasseter > A Bug's Life`` becomes "Because you rated Toy Story (1995),
also directed by John Lasseter." The recommended movie is "this one", the user is "you".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.ids import EntityId
from pipeline.schema import MOVIELENS

EntityPath = tuple[EntityId, ...]  # entityIds from the user to the movie


class Names(Protocol):
    """What wording needs of the catalogue (pipeline.catalogue.Catalogue is one)."""

    @property
    def kinds(self) -> Sequence[str]:
        """Label of each entity, by entityId."""

    @property
    def names(self) -> Sequence[str]:
        """Name of each entity, by entityId."""

    def relation(self, movie: EntityId, attribute: EntityId) -> str | None:
        """The relationship type between a movie and an attribute, or from a movie to another."""

    def has_name(self, entity: EntityId) -> bool:
        """Whether the entity is known by a real name."""


@dataclass(frozen=True)
class Sentence:
    """One sentence and the paths it words.

    Attributes:
        text: the sentence, ending with a full stop.
        weight: attention of its paths together, 0..1.
        named: whether every entity on its paths has a real name.
    """

    text: str
    weight: float
    named: bool


def word_paths(
    paths: Sequence[EntityPath], weights: Sequence[float], names: Names
) -> list[Sentence]:
    """The sentences of one recommendation: those with real names first, each by attention.

    Paths that differ only in the user's own movie share one sentence ("Toy Story (1995) and 2 more
    films"), which carries their summed weight and names the one with most attention.

    Args:
        paths: each user, movie, then (attribute or user, movie) once or more, or a movie that a
            derived relationship leads to.
        weights: attention of each path.
        names: the catalogue of the graph.
    """
    groups: dict[tuple[str, EntityPath], list[tuple[float, int, EntityPath]]] = {}
    for order, (path, weight) in enumerate(zip(paths, weights, strict=True)):
        key = (_relation(names, path[1], path[2]), path[2:])
        groups.setdefault(key, []).append((-weight, order, path))
    sentences = []
    for members in groups.values():
        leading = min(members)[2]
        named = all(names.has_name(entity) for entity in leading)
        weight = -sum(member[0] for member in members)
        sentences.append(Sentence(_sentence(leading, len(members), names), weight, named))
    return sorted(sentences, key=lambda sentence: (not sentence.named, -sentence.weight))


def explanation(paths: Sequence[EntityPath], weights: Sequence[float], names: Names) -> list[str]:
    """The stored text of one recommendation: its sentences, each with its attention if several.

    Without a path there is nothing to tell but that: the movie ranks by its embedding alone.
    """
    if not paths:
        return ["No path leads from your films to this one; it ranks by learned taste alone."]
    sentences = word_paths(paths, weights, names)
    if len(sentences) == 1:
        return [sentences[0].text]
    return [f"{each.text.rstrip('.')} (attention {each.weight:.2f})." for each in sentences]


def _sentence(path: EntityPath, films: int, names: Names) -> str:
    """``films`` is how many of the user's movies lead to the same rest of the path."""
    seen = names.names[path[1]]
    if films > 1:
        seen += f" and {films - 1} more film" + ("s" if films > 2 else "")
    if len(path) == 3:
        return f"Because you rated {seen}, {_LED[_relation(names, path[1], path[2])]}."
    if len(path) == 4:
        closing = _same_attribute(path[1:], names)
        if closing:
            return f"Because you rated {seen}, {closing}."
    clauses = []
    for start in range(1, len(path) - 2, 2):
        source = names.names[path[start]]
        if start == 1:
            source = "them" if films > 1 else "it"
        last = start + 2 == len(path) - 1
        target = "this one" if last else names.names[path[start + 2]]
        clauses.append(_clause(path[start : start + 3], source, target, names))
    return f"Because you rated {seen}: {'; '.join(clauses)}."


_SAME = {
    MOVIELENS.directed: "also directed by {}",
    MOVIELENS.wrote: "also written by {}",
    MOVIELENS.acted_in: "also with {}",
}
_LED = {
    MOVIELENS.watched_next: "after which people often watch this one",
    MOVIELENS.similar: "which the same people watch as this one",
}
_DID = {MOVIELENS.directed: "directed", MOVIELENS.wrote: "wrote", MOVIELENS.acted_in: "acted in"}


def _same_attribute(link: EntityPath, names: Names) -> str | None:
    """The short form of a link movie - attribute - this one, if both ends relate to it alike."""
    first, second = (_relation(names, movie, link[1]) for movie in (link[0], link[2]))
    if first != second or first == MOVIELENS.rated:
        return None
    name = names.names[link[1]]
    return _SAME[first].format(name) if first in _SAME else f"also {_genre_film(name)}"


def _clause(link: EntityPath, source: str, target: str, names: Names) -> str:
    """A link movie - attribute or user - movie in full; its ends are called source and target."""
    first, second = (_relation(names, movie, link[1]) for movie in (link[0], link[2]))
    name = names.names[link[1]]
    if first == MOVIELENS.rated and source in ("it", "them"):
        return f"{name}, who also rated {source}, rated {target}"
    if first == MOVIELENS.rated:
        return f"{name}, who rated {source}, also rated {target}"
    if first == MOVIELENS.in_genre:
        return f"{target} is {_genre_film(name)} like {source}"
    also = "also " if first == second else ""
    return f"{name}, who {_DID[first]} {source}, {also}{_DID[second]} {target}"


def _relation(names: Names, movie: EntityId, other: EntityId) -> str:
    """The relationship type between a movie and what stands beside it on a path.

    Raises:
        ValueError: the graph has no such relationship, so the path is none.
    """
    if names.kinds[other] == MOVIELENS.user:
        return MOVIELENS.rated
    relation = names.relation(movie, other)
    if relation is None:
        raise ValueError(f"no relationship between entities {movie} and {other}")
    return relation


def _genre_film(genre: str) -> str:
    article = "an" if genre[:1].upper() in tuple("AEIOU") else "a"
    return f"{article} {genre} film"
