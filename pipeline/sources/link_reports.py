"""Reports on how well facts of another catalogue were joined to the movies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

MOST_ALIKE = 1.2  # films that share a director must be so much more alike than chance
FEWEST = 20  # below this many comparisons nothing is concluded
FEWEST_PAIRS = 5 * FEWEST  # the same for pairs of films; one film is in several


class UncertainLink(NamedTuple):
    """A link that a person should look at; it is written to the review file."""

    movieId: int  # noqa: N815  the column's name in the file
    title: str
    year: int | None
    linkedTitle: str  # noqa: N815
    linkedYear: int | None  # noqa: N815
    imdbId: str  # noqa: N815
    reason: str


@dataclass(frozen=True)
class Agreement:
    """How often both sides of a link say something else.

    Attributes:
        of: what is compared, such as "genres".
        compared: links of which both sides know it.
        differing: those that disagree.
        limit: share that may disagree before the links are suspicious.
    """

    of: str
    compared: int
    differing: int
    limit: float

    @property
    def share(self) -> float:
        """The share that disagrees, 0..1."""
        return self.differing / self.compared if self.compared else 0.0

    @property
    def suspicious(self) -> bool:
        """True if too many links disagree."""
        return self.compared >= FEWEST and self.share > self.limit


@dataclass(frozen=True)
class LinkReport:
    """The links of one catalogue.

    Attributes:
        facts: the catalogue's name.
        movies: movies of the data set.
        linked: movies with a link.
        ratings_share: share of the ratings that are of linked movies, 0..1.
        how: number of links by the way they were found.
        agreements: comparisons of what both sides know.
        uncertain: links that a person should look at.
    """

    facts: str
    movies: int
    linked: int
    ratings_share: float
    how: Mapping[str, int]
    agreements: tuple[Agreement, ...]
    uncertain: tuple[UncertainLink, ...]

    @property
    def line(self) -> str:
        """The report in one line."""
        ways = ", ".join(f"{count:,} by {way}" for way, count in self.how.items())
        compared = ", ".join(
            f"{each.of} differ in {each.share:.1%}" for each in self.agreements if each.compared
        )
        return (
            f"{self.facts}: {self.linked:,} of {self.movies:,} movies linked "
            f"({self.linked / max(self.movies, 1):.0%}, {self.ratings_share:.0%} of the ratings): "
            f"{ways or 'none'}; {compared or 'nothing to compare'}"
        )

    @property
    def warnings(self) -> list[str]:
        """Why the links look wrong, in words; empty if they do not."""
        return [
            f"{self.facts}: the {each.of} of {each.differing:,} of {each.compared:,} linked movies "
            f"differ ({each.share:.0%}, at most {each.limit:.0%} is usual); the links may be wrong"
            for each in self.agreements
            if each.suspicious
        ]


@dataclass(frozen=True)
class PeopleCheck:
    """How alike films of one director are: facts on wrong films show here.

    Attributes:
        pairs: pairs of films that share a director and have genres.
        alike: mean Jaccard similarity of their genres.
        by_chance: the same with each film's directors given to another film.
    """

    pairs: int
    alike: float
    by_chance: float

    @property
    def enough(self) -> bool:
        """True if there are enough pairs to conclude anything."""
        return self.pairs >= FEWEST_PAIRS

    @property
    def warnings(self) -> list[str]:
        """Why the people look wrong, in words; empty if they do not."""
        if not self.enough or self.alike >= MOST_ALIKE * self.by_chance:
            return []
        return [
            f"films that share a director are as unlike in genre as any two films "
            f"({self.alike:.2f} against {self.by_chance:.2f} by chance): the people seem to stand "
            "on wrong films"
        ]


@dataclass(frozen=True)
class FactsCheck:
    """How alike items are that share an attribute: a file whose facts stand on wrong items shows.

    Attributes:
        file: name of the file with the facts.
        items: what the items are called.
        of: what is compared, such as "genre".
        pairs: pairs of items that share an attribute of the file.
        alike: mean likeness of these pairs, 0..1.
        by_chance: the same with each item's facts given to another item.
        highest: the highest likeness that may be by chance.
    """

    file: str
    items: str
    of: str
    pairs: int
    alike: float
    by_chance: float
    highest: float

    @property
    def line(self) -> str:
        """The check in one line."""
        return (
            f"{self.file}: {self.items} that share an attribute are "
            f"{self.alike / (self.by_chance or 1.0):.2f} times as alike in {self.of} as any two "
            f"({self.pairs:,} pairs)"
        )

    @property
    def warnings(self) -> list[str]:
        """Why the facts look wrong, in words; empty if they do not."""
        if self.alike > self.highest:
            return []
        return [
            f"{self.file}: {self.items} that share an attribute are as unlike in {self.of} as any "
            f"two {self.items} ({self.alike:.3f} against {self.by_chance:.3f} by chance): the "
            f"facts seem to stand on wrong {self.items}"
        ]
