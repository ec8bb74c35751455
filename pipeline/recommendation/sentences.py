"""Words the reasons of one recommendation, each with its signed share of the score.

The recommended movie is "this one", the user is "you". Every number in a sentence can be counted in
the graph: cypher/browser/ has the queries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.ids import EntityId
from pipeline.networks.interface import Ledger, Recommendation
from pipeline.recommendation.facts import Facts
from pipeline.recommendation.reasons import EntityPath, Reason, ReasonKind, reasons
from pipeline.schema import Role

_SHOWN_FILMS = 3  # movies that a sentence names
_WORTH_SAYING = 0.05  # least share of taste or popularity for a sentence of its own
_LEAST = 0.01  # least share of a reason; the rest is said in one sentence


@dataclass(frozen=True)
class Sentence:
    """One sentence of an explanation.

    Attributes:
        text: the sentence, ending with its share of the score in brackets.
        share: signed share of the absolute score, or of all attention in a network whose score is
            not a sum of paths.
        reason: the paths that it is about; None if it is about another part of the score.
    """

    text: str
    share: float
    reason: Reason | None = None


def explanation(recommendation: Recommendation, facts: Facts) -> list[Sentence]:
    """Return the sentences of one recommendation; their shares sum to those of the whole score.

    Without a path, one sentence says that the movie ranks without one.
    """
    if not recommendation.paths and recommendation.ledger is None:
        items = facts.schema.words.items
        text = f"No path leads from your {items} to this one; it ranks by learned taste alone."
        return [Sentence(text, 1.0)]
    words = _Words(recommendation, facts)
    ledger = recommendation.ledger
    size = 1.0 if ledger is None else ledger.size or 1.0
    every = reasons(recommendation, facts)
    found = [reason for reason in every if reason.weight >= _LEAST * size] or every[:1]
    parts = [_Part(words.of_reason(reason), reason.weight, reason) for reason in found]
    said = sum(reason.weight for reason in found)
    if ledger is None:
        rest = 1.0 - said
        parts += [_Part("Other paths", rest)] if rest >= _WORTH_SAYING else []
    else:
        parts = _with_the_rest(parts, ledger, words, said)
    return [_sentence(part, size) for part in parts or [_Part("Nothing speaks for it", 0.0)]]


class _Part(NamedTuple):
    """A sentence without its share, and what it says of the score."""

    text: str
    weight: float
    reason: Reason | None = None


def _with_the_rest(parts: list[_Part], ledger: Ledger, words: _Words, said: float) -> list[_Part]:
    """Add what is not on the shown paths, so that everything sums to the score."""
    size = ledger.size or 1.0
    weak = ledger.taste > ledger.paths  # then taste comes first
    rest = ledger.paths - said
    if abs(ledger.taste) >= _WORTH_SAYING * size:
        taste = [_Part(words.taste(ledger, weak), ledger.taste)]
        parts = taste + parts if weak else parts + taste
    else:
        rest += ledger.taste
    if abs(ledger.popularity) >= _WORTH_SAYING * size:
        parts.append(_Part(words.popularity(), ledger.popularity))
    else:
        rest += ledger.popularity
    if abs(rest) >= _WORTH_SAYING / 10 * size:
        parts.append(_Part(words.rest(ledger.paths - said, rest), rest))
    return parts


def _sentence(part: _Part, size: float) -> Sentence:
    share = part.weight / size
    return Sentence(f"{part.text} ({percent(share)}).", share, part.reason)


def percent(share: float) -> str:
    """Return a signed share as people read it: "+12%", "-3%", "+0%"."""
    return f"{round(share * 100):+d}%"


class _Words:
    """Words parts of one recommendation, without a full stop."""

    def __init__(self, recommendation: Recommendation, facts: Facts) -> None:
        self._user, self._movie = recommendation.user, recommendation.movie
        self._ledger = recommendation.ledger
        self._facts, self._schema = facts, facts.schema
        self._say = facts.schema.words

    def of_reason(self, reason: Reason) -> str:
        match reason.kind:
            case ReasonKind.NEXT | ReasonKind.TOO | ReasonKind.BOTH:
                return self._watched(reason)
            case ReasonKind.PERSON:
                return self._person(reason)
            case ReasonKind.GENRES:
                return self._genres(reason)
            case ReasonKind.USERS:
                return self._users(reason)
            case ReasonKind.CHAIN:
                return self._chain(reason)
            case ReasonKind.LINKED:
                return f"{self._link(reason)} {self._films(reason)}"
            case ReasonKind.KNOWN:
                return self._known(reason)

    def taste(self, ledger: Ledger, weak: bool) -> str:
        speaking = [film for film, part in ledger.films if part * ledger.taste > 0][:2]
        named = _listed([self._name(film) for film in speaking]) if speaking else ""
        films = f", above all {named}" if named else ""
        if ledger.taste < 0:
            return f"Against it: your taste as a whole{films}"
        return f"{'Mostly your' if weak else 'Your'} taste as a whole{films}"

    def popularity(self) -> str:
        count = self._facts.watchers(self._movie)
        if not count:
            return f"Not {self._say.seen} by anyone yet"
        seen = self._say.seen.capitalize()
        return f"{seen} by {count:,} of all {self._facts.num_users:,} people"

    def rest(self, from_paths: float, total: float) -> str:
        return "Weaker paths" if abs(from_paths) > abs(total - from_paths) else "The rest"

    def _watched(self, reason: Reason) -> str:
        films = sorted(reason.films, key=lambda film: not any(self._numbers(film)))
        text = self._watchers(reason.kind, films[0])
        others = [self._and_so(reason.kind, film) for film in films[1:_SHOWN_FILMS]]
        if others:
            text += f"; so did {_listed(others)}"
        more = len(films) - _SHOWN_FILMS
        if more > 0:
            lead = "leads" if more == 1 else "lead"
            text += f"; and {more} more of your {self._say.items} {lead} here"
        return text

    def _watchers(self, kind: ReasonKind, film: EntityId) -> str:
        seen = f"{self._name(film)}{self._gave(film)}"
        before = self._facts.watchers(film) - 1
        who = _of_others(before)
        soon, too = self._numbers(film)
        within = f"within their next {self._facts.steps} {self._say.items}"
        say = self._say
        comma = "," if self._gave(film) else ""
        if kind is ReasonKind.NEXT:
            others = f"{_some(soon, before, who)} {say.saw} {seen}"
            return f"{others}{comma} {say.watched} this one {within}"
        text = f"{_some(too, before, who)} {say.saw} {seen}{comma} {say.saw} this one too"
        if kind is ReasonKind.TOO:
            return text
        return f"{text}, {within}" if too == 1 else f"{text}, {soon:,} of them {within}"

    def _and_so(self, kind: ReasonKind, film: EntityId) -> str:
        soon, too = self._numbers(film)
        count = soon if kind is ReasonKind.NEXT else too
        before = self._facts.watchers(film) - 1
        who = "the only one" if before == count == 1 else f"{count:,} of the {before:,}"
        text = f"{who} who {self._say.saw} {self._name(film)}"
        return f"{text} ({soon:,} that soon)" if kind is ReasonKind.BOTH else text

    def _numbers(self, film: EntityId) -> tuple[int, int]:
        """Return how many people watched this one soon after a film, and how many watched both."""
        types = self._schema.derived_relations
        soon, too = (self._facts.people(film, self._movie, each) or 0 for each in types)
        return soon, too

    def _person(self, reason: Reason) -> str:
        name = self._name(reason.through[0])
        first, last = (self._schema.attribute(each) for each in reason.relations)
        films = self._films(reason)
        if first != last and first.did:
            return f"{last.by} {name}, who {first.did} {films}"
        if last.also:
            return f"{last.by} {name}, {last.also} {films}"
        return f"{last.by} {name}, like {films}"

    def _genres(self, reason: Reason) -> str:
        count, total = self._facts.with_genres(reason.through), self._facts.num_movies
        genres = _listed([self._name(genre) for genre in reason.through])
        items = self._say.items
        return f"One of {count:,} {genres} {items} among {total:,}, like {self._films(reason)}"

    def _users(self, reason: Reason) -> str:
        others = list(dict.fromkeys(path[2] for path in reason.paths))
        films = [self._name(film) for film in reason.films[:_SHOWN_FILMS]]
        among = _listed(films, "or")
        if self._ledger is None:
            who = _count(len(others), "other person", "other people")
            return f"{who} who rated {among} also rated this one"
        shared = [
            self._facts.people(self._user, other, self._schema.watched_alike) or 1
            for other in others
        ]
        low, high = min(shared), max(shared)
        compared = self._facts.compared(self._user)
        say = self._say
        if compared == 1:
            seen = f"the last {say.item} that you {say.saw}, {among},"
        else:
            seen = f"{_span(low, high)} of your last {compared} {say.items}, {among} among them,"
        within = f"within {'their' if len(others) > 1 else 'the'} next {self._facts.alike_steps}"
        if len(others) == 1:
            return f"Someone who had {say.seen} {seen} {say.watched} this one {within}"
        who = f"{len(others)} people who had each {say.seen} {seen}"
        return f"{who} {say.watched} this one {within}"

    def _known(self, reason: Reason) -> str:
        named = [self._name(each) for each in reason.films[:_SHOWN_FILMS]]
        more = len(reason.films) - _SHOWN_FILMS
        if more > 0:
            named.append(f"{more} more")
        return f"{self._say.seen.capitalize()} by {_listed(named)}, {self._link(reason)}"

    def _link(self, reason: Reason) -> str:
        return self._schema.links[reason.relations[0]].words

    def _chain(self, reason: Reason) -> str:
        path = (*reason.paths[0][:2], *reason.through)
        clauses = []
        for start in range(1, len(path) - 2, 2):
            source = "it" if start == 1 else self._name(path[start])
            if start == 1 and len(reason.films) > 1:
                source = "them"
            last = start + 2 == len(path) - 1
            target = "this one" if last else self._name(path[start + 2])
            clauses.append(self._clause(path[start : start + 3], source, target))
        return f"You {self._say.saw} {self._films(reason)}: {'; '.join(clauses)}"

    def _clause(self, link: EntityPath, source: str, target: str) -> str:
        """Return the full form of a link movie - attribute or user - movie, with these names."""
        first, second = (self._relation(movie, link[1]) for movie in (link[0], link[2]))
        name = self._name(link[1])
        if first == self._schema.rated and source in ("it", "them"):
            return f"{name}, who also rated {source}, rated {target}"
        if first == self._schema.rated:
            return f"{name}, who rated {source}, also rated {target}"
        if self._schema.roles[first] is Role.GENRE:
            return f"{target} is {_a_film(name, self._say.item)} like {source}"
        one, two = self._schema.attribute(first), self._schema.attribute(second)
        if not (one.did and two.did):
            return f"{target} is {_lower(two.by)} {name}, like {source}"
        also = "also " if first == second else ""
        return f"{name}, who {one.did} {source}, {also}{two.did} {target}"

    def _relation(self, movie: EntityId, other: EntityId) -> str:
        if self._facts.kinds[other] == self._schema.user:
            return self._schema.rated
        relation = self._facts.relation(movie, other)
        if relation is None:
            raise ValueError(f"no relationship between entities {movie} and {other}")
        return relation

    def _films(self, reason: Reason) -> str:
        """Name the user's films of a reason, the first with its stars."""
        films = reason.films
        named = [self._name(film) for film in films[:_SHOWN_FILMS]]
        named[0] += self._gave(films[0])
        more = len(films) - _SHOWN_FILMS
        if more > 0:
            named.append(f"{more} more")
        comma = "," if len(named) > 1 and self._gave(films[0]) else ""
        return _listed(named, first_ends=comma)

    def _gave(self, film: EntityId) -> str:
        stars = self._facts.stars(self._user, film)
        return "" if stars is None else f", which you gave {_stars(stars)}"

    def _name(self, entity: EntityId) -> str:
        return self._facts.names[entity]


def _listed(names: Sequence[str], word: str = "and", first_ends: str = "") -> str:
    """Join names: "A", "A and B", "A, B and C"; ``first_ends`` follows the first of several."""
    if len(names) == 1:
        return names[0]
    if len(names) == 2:
        return f"{names[0]}{first_ends} {word} {names[1]}"
    return f"{', '.join(names[:-1])} {word} {names[-1]}"


def _of_others(count: int) -> str:
    return "other person who" if count == 1 else "other people who"


def _some(count: int, total: int, who: str) -> str:
    """Say how many of the others did something: "52 of the 373 other people who", "No one who"."""
    if not count:
        return "No one else who"
    if total == 1:
        return f"The only {who}"
    return f"{count:,} of the {total:,} {who}"


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _span(low: int, high: int) -> str:
    if high - low < 2:
        return str(low) if low == high else f"{low} or {high}"
    return f"{low} to {high}"


def _stars(stars: float) -> str:
    return f"{stars:g} star" + ("" if stars == 1 else "s")


def _a_film(genre: str, item: str) -> str:
    article = "an" if genre[:1].upper() in tuple("AEIOU") else "a"
    return f"{article} {genre} {item}"


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
