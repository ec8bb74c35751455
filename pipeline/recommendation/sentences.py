"""Turns a path from a user to a movie into an English sentence.

``user 1 > Toy Story > John Lasseter > A Bug's Life`` becomes "Because you rated Toy Story (1995),
also directed by John Lasseter." The recommended movie is "this one", the user is "you".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.ids import EntityId
from pipeline.networks.interface import Recommendation
from pipeline.schema import MOVIELENS

EntityPath = tuple[EntityId, ...]  # entityIds from the user to the movie
_SHOWN_FILMS = 3  # movies that a sentence about other users names


class Names(Protocol):
    """The part of a catalogue that sentences need (see pipeline.content.catalogue.Catalogue)."""

    @property
    def kinds(self) -> Sequence[str]:
        """The label of each entity, by entityId."""

    @property
    def names(self) -> Sequence[str]:
        """The name of each entity, by entityId."""

    def relation(self, movie: EntityId, attribute: EntityId) -> str | None:
        """Return the relationship type from a movie to an attribute or another movie, if any."""

    def has_name(self, entity: EntityId) -> bool:
        """Return True if the entity has a real name."""


@dataclass(frozen=True)
class Sentence:
    """One sentence about one or more paths.

    Attributes:
        text: the sentence, ending with a full stop.
        weight: summed weight of its paths.
        named: True if every entity on the path with the greatest weight has a real name.
    """

    text: str
    weight: float
    named: bool


def word_paths(
    paths: Sequence[EntityPath],
    weights: Sequence[float],
    names: Names,
    relations: Sequence[str] | None = None,
) -> list[Sentence]:
    """Return the sentences of one recommendation: those with real names first.

    Paths that differ only in the user's own movie share one sentence ("Toy Story (1995) and 2 more
    films"), and so do all paths through other users. It has their summed weight and names the movie
    of the path with the greatest weight.

    Args:
        paths: paths of user, movie, then (attribute or user, movie) once or more, or one movie at
            the end of a derived relationship.
        weights: weight of each path.
        names: the catalogue of the graph.
        relations: type of each path's last relationship, if the paths are in the order in which
            they are to be shown; None to order them by weight.
    """
    groups: dict[tuple[str, EntityPath], list[tuple[float, int, EntityPath]]] = {}
    for order, (path, weight) in enumerate(zip(paths, weights, strict=True)):
        if relations is None:
            key = (_relation(names, path[1], path[2]), path[2:])
        else:
            through_users = relations[order] == MOVIELENS.rated
            key = (relations[order], path[3:] if through_users else path[2:])
        groups.setdefault(key, []).append((-weight, order, path))
    sentences = []
    for (relation, _), members in groups.items():
        leading = min(members)[2] if relations is None else members[0][2]
        named = all(names.has_name(entity) for entity in leading)
        weight = -sum(member[0] for member in members)
        if relations is not None and relation == MOVIELENS.rated:
            text = _through_users([member[2] for member in members], names)
        else:
            text = _sentence(leading, relation, len(members), names)
        sentences.append(Sentence(text, weight, named))
    if relations is not None:
        return sorted(sentences, key=lambda sentence: not sentence.named)
    return sorted(sentences, key=lambda sentence: (not sentence.named, -sentence.weight))


def explanation(recommendation: Recommendation, names: Names) -> list[str]:
    """Return the stored text of one recommendation: its sentences and what each counts for.

    Without a path, one sentence says that the movie ranks without one.
    """
    paths, weights, ledger = (
        recommendation.paths,
        recommendation.weights,
        recommendation.ledger,
    )
    if not paths:
        return ["No path leads from your films to this one; it ranks by learned taste alone."]
    sentences = word_paths(paths, weights, names, recommendation.relations)
    if ledger is not None:
        return [
            f"{each.text.rstrip('.')} ({each.weight / ledger.size:.0%} of the score)."
            for each in sentences
        ]
    if len(sentences) == 1:
        return [sentences[0].text]
    return [f"{each.text.rstrip('.')} (attention {each.weight:.2f})." for each in sentences]


def _sentence(path: EntityPath, relation: str, films: int, names: Names) -> str:
    """Return the sentence of a path; ``films`` movies of the user lead to the rest of the path."""
    seen = names.names[path[1]]
    if films > 1:
        seen += f" and {films - 1} more film" + ("s" if films > 2 else "")
    if len(path) == 3:
        return f"Because you rated {seen}, {_LED[relation]}."
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


def _through_users(paths: Sequence[EntityPath], names: Names) -> str:
    """Return the sentence of paths through other users, which names their movies."""
    films = list(dict.fromkeys(names.names[path[1]] for path in paths))
    shown = films[:_SHOWN_FILMS]
    seen = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
    if len(films) > len(shown):
        seen = f"films such as {seen}"
    people = len({path[2] for path in paths})
    who = "someone" if people == 1 else f"{people} people"
    watched = "it" if len(films) == 1 else "some of these"
    return f"Because you rated {seen}: {who} who had watched {watched} then watched this one."


_SAME = {
    MOVIELENS.directed: "also directed by {}",
    MOVIELENS.wrote: "also written by {}",
    MOVIELENS.acted_in: "also with {}",
}
_LED = {
    MOVIELENS.watched_next: "after which others watched this one",
    MOVIELENS.similar: "which the same people watch as this one",
}
_DID = {MOVIELENS.directed: "directed", MOVIELENS.wrote: "wrote", MOVIELENS.acted_in: "acted in"}


def _same_attribute(link: EntityPath, names: Names) -> str | None:
    """Return the short form of a link movie - attribute - this one, if both relations are equal."""
    first, second = (_relation(names, movie, link[1]) for movie in (link[0], link[2]))
    if first != second or first == MOVIELENS.rated:
        return None
    name = names.names[link[1]]
    return _SAME[first].format(name) if first in _SAME else f"also {_genre_film(name)}"


def _clause(link: EntityPath, source: str, target: str, names: Names) -> str:
    """Return the full form of a link movie - attribute or user - movie, with these end names."""
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
    """Return the relationship type between a movie and its neighbour on a path.

    Raises:
        ValueError: the graph has no such relationship, so the path is invalid.
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
