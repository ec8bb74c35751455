"""Facts about a few films that a test states, and recommendations of one of them."""

from dataclasses import dataclass, field, replace
from math import log

from pipeline.ids import EntityId
from pipeline.networks.interface import Ledger, Recommendation
from pipeline.recommendation.sentences import explanation
from pipeline.schema import MOVIELENS, GraphSchema

NAMES = [
    "user 1",
    "user 12",
    "user 13",
    "user 14",
    "A Bug's Life",
    "Toy Story",
    "Big",
    "Heat",
    "Ronin",
    "Casino",
    "John Lasseter",
    "Tom Hanks",
    "person m.0abc",
    "Drama",
    "Animation",
    "Children's",
]
(
    YOU,
    ANN,
    BOB,
    CAT,
    BUG,
    TOY,
    BIG,
    HEAT,
    RONIN,
    CASINO,
    JOHN,
    TOM,
    NAMELESS,
    DRAMA,
    ANIMATION,
    CHILDRENS,
) = map(EntityId, range(len(NAMES)))
KINDS = ["User"] * 4 + ["Movie"] * 6 + ["Person"] * 3 + ["Genre"] * 3
HAVING = {DRAMA: 50, ANIMATION: 4, CHILDRENS: 10}  # of 100 movies


@dataclass
class Known:
    """Facts that a test states."""

    relations: dict[tuple[EntityId, EntityId], str] = field(default_factory=dict)
    rated: dict[EntityId, float] = field(default_factory=dict)  # stars of the user
    watched: dict[EntityId, int] = field(default_factory=dict)  # number of watchers
    behind: dict[tuple[EntityId, EntityId, str], int] = field(default_factory=dict)
    newest: int = 40
    num_users: int = 900
    num_movies: int = 100
    steps: int = 20
    alike_steps: int = 20
    schema: GraphSchema = MOVIELENS
    kinds: list[str] = field(default_factory=lambda: KINDS)
    names: list[str] = field(default_factory=lambda: NAMES)

    def relation(self, movie, other):
        return self.relations.get((movie, other))

    def link(self, user, other):
        return self.relations[user, other]

    def has_name(self, entity):
        return not self.names[entity].startswith("person m.")

    def genres(self, movie):
        own = [each for of, each in self.relations if of == movie and self.kinds[each] == "Genre"]
        return sorted(own, key=lambda genre: HAVING[genre])

    def rarity(self, genres):
        return sum(log(self.num_movies / HAVING[genre]) for genre in genres)

    def with_genres(self, genres):
        return min(HAVING[genre] for genre in genres)

    def stars(self, user, movie):
        assert user == YOU
        return self.rated.get(movie)

    def watchers(self, movie):
        return self.watched.get(movie, 11)

    def compared(self, user):
        assert user == YOU
        return self.newest

    def people(self, source, target, relation):
        return self.behind.get((source, target, relation))


def related(**kinds):
    """related(DIRECTED=[(TOY, JOHN)]) knows these relationships."""
    return Known({edge: kind for kind, edges in kinds.items() for edge in edges})


def ledger(taste=0.0, popularity=0.0, paths=1.0, films=()):
    return Ledger(taste, popularity, list(films), {"ANY": paths})


def recommended(paths, relations=None, weights=None, ledger=None):
    """A Bug's Life; by default the paths are all that speaks for it, each as much as the others."""
    weights = [1 / len(paths)] * len(paths) if weights is None else weights
    closeness = 0.5 if ledger is None else None
    return Recommendation(YOU, BUG, 1, 2.0, closeness, paths, weights, relations, ledger)


def by_paths(paths, relations, weights=None):
    """A Bug's Life with a score that is the sum of these paths."""
    made = recommended(paths, relations, weights)
    return replace(made, ledger=ledger(paths=sum(made.weights)))


def texts(recommendation, facts):
    return [each.text for each in explanation(recommendation, facts)]


def only(recommendation, facts):
    """The text of the only sentence, without its share, which is all of the score."""
    (text,) = texts(recommendation, facts)
    assert text.endswith(" (+100%).")
    return text.removesuffix(" (+100%).")


def watched(film, too=None, soon=None):
    """What is known of a film from which derived relationships lead to A Bug's Life."""
    numbers = {"SIMILAR": too, "WATCHED_NEXT": soon}
    return {(film, BUG, kind): each for kind, each in numbers.items() if each is not None}
