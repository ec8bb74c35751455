"""Groups the paths of one recommendation into reasons, each of which becomes one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from pipeline.ids import EntityId
from pipeline.networks.interface import Recommendation
from pipeline.paths.kinds import TELLING_RARITY
from pipeline.recommendation.facts import Facts
from pipeline.schema import GraphSchema, Role

EntityPath = tuple[EntityId, ...]  # entityIds from the user to the movie


class ReasonKind(Enum):
    """What the paths of a reason have in common."""

    NEXT = "watched next"
    TOO = "watched too"
    BOTH = "watched too, and next"
    PERSON = "person"
    GENRES = "genres"
    USERS = "users"
    CHAIN = "chain"
    LINKED = "linked"
    KNOWN = "known"


@dataclass
class Reason:
    """Some paths of one recommendation that one sentence is about.

    Attributes:
        kind: what they have in common.
        through: entityIds that they share: a person, genres, or the rest of a longer path.
        relations: types of the relationships to ``through`` from the user's movies and from the
            recommended one, for a person; the type of the link, for movies or users that are
            linked.
        paths: the paths, the first in the order of showing leading.
        place: place of the leading path among the recommendation's paths.
        weight: their summed weight.
    """

    kind: ReasonKind
    through: EntityPath = ()
    relations: tuple[str, ...] = ()
    paths: list[EntityPath] = field(default_factory=list)
    place: int = 0
    weight: float = 0.0

    @property
    def films(self) -> list[EntityId]:
        """What follows the user on the paths, each once, in order: movies, or users for KNOWN."""
        return list(dict.fromkeys(path[1] for path in self.paths))


def reasons(recommendation: Recommendation, facts: Facts) -> list[Reason]:
    """Return the reasons of a recommendation in the order in which they are to be read.

    Films from which the same relationships lead to the movie share a reason, as do films with the
    same person or the same genres, all paths through other users, and all users whom the user knows
    by the same relationship. Reasons of unnamed people
    come last. Genres that many films have are left out, unless there is no other reason.
    """
    found: dict[tuple[ReasonKind, EntityPath, tuple[str, ...]], Reason] = {}
    relations = recommendation.relations
    both = _over_both(recommendation, facts.schema)
    numbered = list(enumerate(zip(recommendation.paths, recommendation.weights, strict=True)))
    if relations is None:  # without an order of showing, the strongest first
        numbered.sort(key=lambda each: -each[1][1])
    for place, (path, weight) in numbered:
        last = facts.relation(path[-1], path[-2]) if relations is None else relations[place]
        key = _key(path, last or facts.schema.rated, both, facts)
        reason = found.setdefault(key, Reason(*key, place=place))
        reason.paths.append(path)
        reason.weight += weight
    ordered = list(found.values())
    if relations is None:
        ordered.sort(key=lambda reason: -reason.weight)
    telling = [reason for reason in ordered if not _is_common(reason, facts)]
    return sorted(telling or ordered, key=lambda reason: not _is_named(reason, facts))


def _over_both(recommendation: Recommendation, schema: GraphSchema) -> set[EntityId]:
    """Return the user's movies from which both derived relationships lead to the movie."""
    found: dict[EntityId, set[str]] = {}
    for path, last in zip(recommendation.paths, recommendation.relations or (), strict=False):
        if last in schema.derived_relations:
            found.setdefault(path[1], set()).add(last)
    return {film for film, types in found.items() if len(types) == len(schema.derived_relations)}


def _key(
    path: EntityPath, last: str, both: set[EntityId], facts: Facts
) -> tuple[ReasonKind, EntityPath, tuple[str, ...]]:
    schema = facts.schema
    if last in schema.derived_relations:
        if path[1] in both:
            return ReasonKind.BOTH, (), ()
        next_one = last == schema.watched_next
        return (ReasonKind.NEXT if next_one else ReasonKind.TOO), (), ()
    if last in schema.links:
        return ReasonKind.LINKED, (), (last,)
    if len(path) == len(("user", "known", "movie")):
        return ReasonKind.KNOWN, (), (facts.link(path[0], path[1]),)
    if len(path) > len(("user", "film", "between", "movie")):
        return ReasonKind.CHAIN, path[2:], ()
    between = path[2]
    if facts.kinds[between] == schema.user:
        return ReasonKind.USERS, (), ()
    if schema.roles[last] is Role.GENRE:
        shared = [genre for genre in facts.genres(path[1]) if genre in facts.genres(path[3])]
        return ReasonKind.GENRES, tuple(shared or [between]), ()
    first = facts.relation(path[1], between)
    if first is None:
        raise ValueError(f"no relationship between entities {path[1]} and {between}")
    return ReasonKind.PERSON, (between,), (first, last)


def _is_common(reason: Reason, facts: Facts) -> bool:
    if reason.kind is not ReasonKind.GENRES:
        return False
    return facts.rarity(reason.through) < TELLING_RARITY


def _is_named(reason: Reason, facts: Facts) -> bool:
    return all(facts.has_name(entity) for entity in _entities(reason))


def _entities(reason: Reason) -> Iterator[EntityId]:
    yield from reason.through
    yield reason.paths[0][1]
