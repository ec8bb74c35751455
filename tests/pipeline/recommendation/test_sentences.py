"""Every reason is worded right, with numbers from the graph and its share of the score."""

from dataclasses import dataclass, field, replace
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ids import EntityId
from pipeline.networks.interface import Ledger, Recommendation
from pipeline.recommendation.reasons import ReasonKind, reasons
from pipeline.recommendation.sentences import Sentence, explanation, percent
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


# Numbers of people


@pytest.mark.parametrize(
    ("relation", "words"),
    [
        ("SIMILAR", "saw this one too"),
        ("WATCHED_NEXT", "watched this one within their next 20 films"),
    ],
)
@pytest.mark.parametrize(
    ("count", "watchers", "who"),
    [
        (52, 374, "52 of the 373 other people who"),
        (1, 3, "1 of the 2 other people who"),
        (1, 2, "The only other person who"),
        (1_234, 5_679, "1,234 of the 5,678 other people who"),
        (0, 9, "No one else who"),
        (0, 2, "No one else who"),
        (0, 1, "No one else who"),
    ],
)
def test_the_people_behind_a_relationship_are_counted_without_the_user(
    relation, words, count, watchers, who
):
    facts = Known(watched={TOY: watchers}, behind={(TOY, BUG, relation): count})
    text = only(by_paths([(YOU, TOY, BUG)], [relation]), facts)
    assert text == f"{who} saw Toy Story {words}"


def test_a_relationship_without_a_number_is_one_of_nobody():
    text = only(by_paths([(YOU, TOY, BUG)], ["SIMILAR"]), Known())
    assert text == "No one else who saw Toy Story saw this one too"


def test_both_relationships_of_a_film_are_one_sentence():
    facts = Known(behind=watched(TOY, too=7, soon=3))
    paths = [(YOU, TOY, BUG), (YOU, TOY, BUG)]
    for relations in (["SIMILAR", "WATCHED_NEXT"], ["WATCHED_NEXT", "SIMILAR"]):
        assert only(by_paths(paths, relations), facts) == (
            "7 of the 10 other people who saw Toy Story saw this one too, "
            "3 of them within their next 20 films"
        )


def test_a_film_with_both_relationships_and_one_with_one_are_two_sentences():
    facts = Known(behind=watched(TOY, 7, 3) | watched(BIG, 5) | watched(HEAT, 4, 2))
    paths = [(YOU, film, BUG) for film in (TOY, BIG, TOY, HEAT, HEAT)]
    relations = ["SIMILAR", "SIMILAR", "WATCHED_NEXT", "WATCHED_NEXT", "SIMILAR"]
    assert texts(by_paths(paths, relations), facts) == [
        "7 of the 10 other people who saw Toy Story saw this one too, 3 of them within their next "
        "20 films; so did 4 of the 10 who saw Heat (2 that soon) (+80%).",
        "5 of the 10 other people who saw Big saw this one too (+20%).",
    ]


# Several films


@pytest.mark.parametrize(
    ("films", "end"),
    [
        ([TOY], ""),
        ([TOY, BIG], "; so did 4 of the 10 who saw Big"),
        (
            [TOY, BIG, HEAT],
            "; so did 4 of the 10 who saw Big and 3 of the 10 who saw Heat",
        ),
        (
            [TOY, BIG, HEAT, RONIN],
            "; so did 4 of the 10 who saw Big and 3 of the 10 who saw Heat"
            "; and 1 more of your films leads here",
        ),
        (
            [TOY, BIG, HEAT, RONIN, CASINO],
            "; so did 4 of the 10 who saw Big and 3 of the 10 who saw Heat"
            "; and 2 more of your films lead here",
        ),
    ],
    ids=len,
)
@pytest.mark.parametrize("relation", ["SIMILAR", "WATCHED_NEXT"])
def test_films_with_the_same_relationship_share_a_sentence(films, end, relation):
    counts = dict(zip((TOY, BIG, HEAT, RONIN, CASINO), (5, 4, 3, 2, 1), strict=True))
    facts = Known(behind={(film, BUG, relation): count for film, count in counts.items()})
    paths = [(YOU, film, BUG) for film in films]
    text = only(by_paths(paths, [relation] * len(films)), facts)
    lead, *_ = text.partition(";")
    assert lead.startswith("5 of the 10 other people who saw Toy Story ")
    assert text == lead + end


@pytest.mark.parametrize(
    ("films", "words"),
    [
        ([TOY], "Toy Story"),
        ([TOY, BIG], "Toy Story and Big"),
        ([TOY, BIG, HEAT], "Toy Story, Big and Heat"),
        ([TOY, BIG, HEAT, RONIN], "Toy Story, Big, Heat and 1 more"),
        ([TOY, BIG, HEAT, RONIN, CASINO], "Toy Story, Big, Heat and 2 more"),
        ([BIG, TOY, BIG], "Big and Toy Story"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_films_with_the_same_person_share_a_sentence(films, words):
    facts = related(ACTED_IN=[(film, TOM) for film in (*films, BUG)])
    paths = [(YOU, film, TOM, BUG) for film in films]
    text = only(by_paths(paths, ["ACTED_IN"] * len(films)), facts)
    assert text == f"With Tom Hanks, who is also in {words}"


# Stars


@pytest.mark.parametrize(
    ("stars", "words"),
    [
        (None, ""),
        (1.0, ", which you gave 1 star"),
        (0.5, ", which you gave 0.5 stars"),
        (4.5, ", which you gave 4.5 stars"),
        (5.0, ", which you gave 5 stars"),
    ],
)
def test_the_users_rating_of_the_first_film_is_said(stars, words):
    comma = "," if words else ""
    rated = {} if stars is None else {TOY: stars}
    facts = related(DIRECTED=[(film, JOHN) for film in (TOY, BIG, BUG)])
    facts.rated, facts.behind = {**rated, BIG: 2.0}, watched(TOY, too=7) | watched(BIG, too=1)
    text = only(by_paths([(YOU, TOY, BUG)], ["SIMILAR"]), facts)
    assert text == f"7 of the 10 other people who saw Toy Story{words}{comma} saw this one too"
    paths = [(YOU, TOY, JOHN, BUG), (YOU, BIG, JOHN, BUG)]
    text = only(by_paths(paths[:1], ["DIRECTED"]), facts)
    assert text == f"Directed by John Lasseter, like Toy Story{words}"
    text = only(by_paths(paths, ["DIRECTED"] * 2), facts)
    assert text == f"Directed by John Lasseter, like Toy Story{words}{comma} and Big"


# People and genres


@pytest.mark.parametrize(
    ("relation", "words"),
    [
        ("DIRECTED", "Directed by John Lasseter, like Toy Story"),
        ("WROTE", "Written by John Lasseter, like Toy Story"),
        ("ACTED_IN", "With John Lasseter, who is also in Toy Story"),
    ],
)
@pytest.mark.parametrize("said", [True, False], ids=["relation said", "relation looked up"])
def test_a_person_with_one_role(relation, words, said):
    facts = related(**{relation: [(TOY, JOHN), (BUG, JOHN)]})
    paths = [(YOU, TOY, JOHN, BUG)]
    assert only(recommended(paths, [relation] if said else None), facts) == words


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("ACTED_IN", "DIRECTED", "Directed by Tom Hanks, who acted in Big"),
        ("ACTED_IN", "WROTE", "Written by Tom Hanks, who acted in Big"),
        ("DIRECTED", "WROTE", "Written by Tom Hanks, who directed Big"),
        ("WROTE", "ACTED_IN", "With Tom Hanks, who wrote Big"),
    ],
)
def test_a_person_with_two_roles(first, last, words):
    facts = related(**{first: [(BIG, TOM)], last: [(BUG, TOM)]})
    assert only(recommended([(YOU, BIG, TOM, BUG)]), facts) == words


def test_roles_of_one_person_that_differ_are_two_sentences():
    facts = related(ACTED_IN=[(TOY, TOM), (BUG, TOM)], DIRECTED=[(BIG, TOM)])
    paths = [(YOU, TOY, TOM, BUG), (YOU, BIG, TOM, BUG)]
    assert texts(by_paths(paths, ["ACTED_IN"] * 2), facts) == [
        "With Tom Hanks, who is also in Toy Story (+50%).",
        "With Tom Hanks, who directed Big (+50%).",
    ]


def test_a_person_that_the_users_film_lacks_is_a_mistake():
    with pytest.raises(ValueError, match=f"no relationship between entities {TOY} and {TOM}"):
        explanation(by_paths([(YOU, TOY, TOM, BUG)], ["ACTED_IN"]), Known())


def test_genres_that_a_film_shares_are_one_sentence_the_rarest_first():
    facts = related(
        IN_GENRE=[(film, genre) for film in (TOY, BUG) for genre in (CHILDRENS, ANIMATION)]
        + [(HEAT, ANIMATION)]
    )
    facts.rated = {TOY: 4.0}
    paths = [(YOU, TOY, CHILDRENS, BUG), (YOU, TOY, ANIMATION, BUG), (YOU, HEAT, ANIMATION, BUG)]
    assert texts(by_paths(paths, ["IN_GENRE"] * 3, [0.5, 0.3, 0.2]), facts) == [
        "One of 4 Animation and Children's films among 100, like Toy Story, which you gave 4 stars "
        "(+80%).",
        "One of 4 Animation films among 100, like Heat (+20%).",
    ]


def shares_a_drama():
    """Facts and a path through a genre that half of all films have."""
    facts = related(IN_GENRE=[(TOY, DRAMA), (BUG, DRAMA)])
    facts.behind = watched(BIG, too=7)
    return facts, (YOU, TOY, DRAMA, BUG)


def test_common_genres_are_left_to_the_rest():
    facts, path = shares_a_drama()
    assert texts(by_paths([path, (YOU, BIG, BUG)], ["IN_GENRE", "SIMILAR"]), facts) == [
        "7 of the 10 other people who saw Big saw this one too (+50%).",
        "Weaker paths (+50%).",
    ]


def test_common_genres_are_said_if_there_is_nothing_else():
    facts, path = shares_a_drama()
    text = only(by_paths([path], ["IN_GENRE"]), facts)
    assert text == "One of 50 Drama films among 100, like Toy Story"


# Other users


def through(*pairs):
    """Paths through these films and users."""
    return [(YOU, film, other, BUG) for film, other in pairs]


def sharing(**numbers):
    """The numbers of films that users share with the user."""
    users = {"ann": ANN, "bob": BOB, "cat": CAT}
    return {(YOU, users[name], "WATCHED_ALIKE"): number for name, number in numbers.items()}


@pytest.mark.parametrize(
    ("pairs", "shared", "words"),
    [
        (
            [(TOY, ANN)],
            {"ann": 3},
            "Someone who had seen 3 of your last 40 films, Toy Story among them, "
            "watched this one within the next 20",
        ),
        (
            [(TOY, ANN), (BIG, ANN)],
            {"ann": 3},
            "Someone who had seen 3 of your last 40 films, Toy Story or Big among them, "
            "watched this one within the next 20",
        ),
        (
            [(TOY, ANN), (TOY, BOB)],
            {"ann": 3, "bob": 3},
            "2 people who had each seen 3 of your last 40 films, Toy Story among them, "
            "watched this one within their next 20",
        ),
        (
            [(TOY, ANN), (BIG, BOB)],
            {"ann": 4, "bob": 3},
            "2 people who had each seen 3 or 4 of your last 40 films, Toy Story or Big among them, "
            "watched this one within their next 20",
        ),
        (
            [(TOY, ANN), (BIG, BOB), (HEAT, CAT), (RONIN, CAT)],
            {"ann": 3, "bob": 2, "cat": 5},
            "3 people who had each seen 2 to 5 of your last 40 films, Toy Story, Big or Heat among "
            "them, watched this one within their next 20",
        ),
    ],
    ids=["one", "one, two films", "equal", "or", "to"],
)
def test_other_users_share_one_sentence(pairs, shared, words):
    facts = Known(behind=sharing(**shared))
    assert only(by_paths(through(*pairs), ["RATED"] * len(pairs)), facts) == words


def test_other_users_of_whom_no_number_is_known_share_the_film_of_the_path():
    text = only(by_paths(through((TOY, ANN)), ["RATED"]), Known())
    assert text.startswith("Someone who had seen 1 of your last 40 films, Toy Story among them,")


@pytest.mark.parametrize(
    ("users", "words"),
    [
        (
            [ANN],
            "Someone who had seen the last film that you saw, Toy Story, "
            "watched this one within the next 20",
        ),
        (
            [ANN, BOB],
            "2 people who had each seen the last film that you saw, Toy Story, "
            "watched this one within their next 20",
        ),
    ],
    ids=len,
)
def test_other_users_who_share_the_users_only_film(users, words):
    facts = Known(newest=1, behind=sharing(ann=1, bob=1))
    paths = through(*((TOY, user) for user in users))
    assert only(by_paths(paths, ["RATED"] * len(paths)), facts) == words


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([(TOY, ANN)], "1 other person who rated Toy Story also rated this one"),
        (
            [(TOY, ANN), (BIG, BOB), (TOY, BOB)],
            "2 other people who rated Toy Story or Big also rated this one",
        ),
    ],
    ids=["one", "two"],
)
def test_other_users_of_a_network_that_compares_none(pairs, words):
    assert only(recommended(through(*pairs)), Known()) == words


# Longer paths


def test_five_hops_are_told_step_by_step():
    facts = related(DIRECTED=[(TOY, JOHN), (BIG, JOHN)], ACTED_IN=[(BIG, TOM), (BUG, TOM)])
    facts.rated = {TOY: 4.0}
    text = only(by_paths([(YOU, TOY, JOHN, BIG, TOM, BUG)], ["ACTED_IN"]), facts)
    assert text == (
        "You saw Toy Story, which you gave 4 stars: John Lasseter, who directed it, also directed "
        "Big; Tom Hanks, who acted in Big, also acted in this one"
    )


def test_five_hops_with_two_roles_a_genre_and_users():
    facts = related(
        ACTED_IN=[(TOY, TOM)],
        WROTE=[(BIG, TOM)],
        IN_GENRE=[(BIG, ANIMATION), (BUG, ANIMATION), (HEAT, DRAMA), (BIG, DRAMA)],
    )
    assert only(recommended([(YOU, TOY, TOM, BIG, ANIMATION, BUG)]), facts) == (
        "You saw Toy Story: Tom Hanks, who acted in it, wrote Big; "
        "this one is an Animation film like Big"
    )
    assert only(recommended([(YOU, HEAT, DRAMA, BIG, ANN, BUG)]), facts) == (
        "You saw Heat: Big is a Drama film like it; user 12, who rated Big, also rated this one"
    )
    assert only(recommended([(YOU, HEAT, ANN, BIG, ANIMATION, BUG)]), facts) == (
        "You saw Heat: user 12, who also rated it, rated Big; "
        "this one is an Animation film like Big"
    )


def test_longer_paths_that_differ_in_the_users_film_share_a_sentence():
    facts = related(
        DIRECTED=[(TOY, JOHN), (HEAT, JOHN), (BIG, JOHN)], ACTED_IN=[(BIG, TOM), (BUG, TOM)]
    )
    paths = [(YOU, film, JOHN, BIG, TOM, BUG) for film in (TOY, HEAT)]
    assert only(by_paths(paths, ["ACTED_IN"] * 2), facts) == (
        "You saw Toy Story and Heat: John Lasseter, who directed them, also directed Big; "
        "Tom Hanks, who acted in Big, also acted in this one"
    )


def test_a_longer_path_that_the_graph_lacks_is_a_mistake():
    facts = related(ACTED_IN=[(BIG, TOM), (BUG, TOM)])
    with pytest.raises(ValueError, match=f"no relationship between entities {TOY} and {JOHN}"):
        explanation(by_paths([(YOU, TOY, JOHN, BIG, TOM, BUG)], ["ACTED_IN"]), facts)


# Order


def test_the_order_of_showing_is_kept_whatever_the_weights():
    facts = related(ACTED_IN=[(TOY, TOM), (BUG, TOM)])
    paths = [(YOU, TOY, TOM, BUG), (YOU, HEAT, BUG), (YOU, BIG, BUG), (YOU, RONIN, BUG)]
    relations = ["ACTED_IN", "SIMILAR", "WATCHED_NEXT", "SIMILAR"]
    found = reasons(by_paths(paths, relations, [0.1, 0.2, 0.6, 0.1]), facts)
    assert [each.kind for each in found] == [ReasonKind.PERSON, ReasonKind.TOO, ReasonKind.NEXT]
    assert [each.weight for each in found] == pytest.approx([0.1, 0.3, 0.6])
    assert [each.films for each in found] == [[TOY], [HEAT, RONIN], [BIG]]


def test_without_an_order_of_showing_the_strongest_comes_first():
    facts = related(
        ACTED_IN=[(film, TOM) for film in (TOY, BIG, BUG)], DIRECTED=[(HEAT, JOHN), (BUG, JOHN)]
    )
    paths = [(YOU, TOY, TOM, BUG), (YOU, HEAT, JOHN, BUG), (YOU, BIG, TOM, BUG)]
    assert texts(recommended(paths, None, [0.2, 0.4, 0.3]), facts) == [
        "With Tom Hanks, who is also in Big and Toy Story (+50%).",
        "Directed by John Lasseter, like Heat (+40%).",
        "Other paths (+10%).",
    ]


@pytest.mark.parametrize("said", [True, False], ids=["order of showing", "none"])
def test_unnamed_people_come_last(said):
    facts = related(DIRECTED=[(TOY, NAMELESS), (BUG, NAMELESS)], ACTED_IN=[(TOY, TOM), (BUG, TOM)])
    paths = [(YOU, TOY, NAMELESS, BUG), (YOU, TOY, TOM, BUG)]
    relations = ["DIRECTED", "ACTED_IN"] if said else None
    assert texts(recommended(paths, relations, [0.8, 0.2]), facts) == [
        "With Tom Hanks, who is also in Toy Story (+20%).",
        "Directed by person m.0abc, like Toy Story (+80%).",
    ]


@pytest.mark.parametrize(("rest", "said"), [(0.05, True), (0.04, False)])
def test_attention_on_other_paths_is_said_if_it_is_worth_it(rest, said):
    facts = related(ACTED_IN=[(TOY, TOM), (BUG, TOM)])
    found = explanation(recommended([(YOU, TOY, TOM, BUG)], None, [1 - rest]), facts)
    assert len(found) == 1 + said
    assert [each.text for each in found[1:]] == ["Other paths (+5%)."] * said


# Taste, popularity and the rest

TOO = "7 of the 10 other people who saw Toy Story saw this one too"


def explained(ledger, weight):
    """Sentences where one path counts for this much, without their full stops."""
    made = recommended([(YOU, TOY, BUG)], ["SIMILAR"], [weight], ledger)
    return [text.rstrip(".") for text in texts(made, Known(behind=watched(TOY, too=7)))]


@pytest.mark.parametrize(
    ("films", "words"),
    [
        ([], ""),
        ([(BIG, 0.2)], ", above all Big"),
        ([(HEAT, -0.5), (BIG, 0.2), (TOY, 0.2), (RONIN, 0.1)], ", above all Big and Toy Story"),
        ([(HEAT, -0.5)], ""),
    ],
    ids=["none", "one", "two that speak for it", "none that speaks for it"],
)
def test_taste_names_the_films_that_say_it(films, words):
    assert explained(ledger(taste=0.5, paths=0.5, films=films), 0.5) == [
        f"{TOO} (+50%)",
        f"Your taste as a whole{words} (+50%)",
    ]


def test_taste_comes_first_where_paths_are_weak():
    assert explained(ledger(taste=0.6, paths=0.4, films=[(BIG, 0.6)]), 0.4) == [
        "Mostly your taste as a whole, above all Big (+60%)",
        f"{TOO} (+40%)",
    ]


@pytest.mark.parametrize("paths", [0.8, 0.3])
def test_taste_may_speak_against_it(paths):
    taste = paths - 1
    found = explained(ledger(taste=taste, paths=paths, films=[(BIG, 0.1), (HEAT, taste)]), paths)
    against = f"Against it: your taste as a whole, above all Heat ({percent(taste)})"
    assert found == [f"{TOO} ({percent(paths)})", against]


@pytest.mark.parametrize(("popularity", "words"), [(0.25, "+25%"), (-0.25, "-25%")])
def test_popularity(popularity, words):
    made = recommended([(YOU, TOY, BUG)], ["SIMILAR"], [0.75], ledger(0.0, popularity, 0.75))
    facts = Known(watched={BUG: 1_234, TOY: 11}, num_users=6_040, behind=watched(TOY, too=7))
    assert texts(made, facts) == [
        f"{TOO} (+75%).",
        f"Seen by 1,234 of all 6,040 people ({words}).",
    ]


def test_a_little_taste_and_popularity_are_the_rest():
    """Four percent each; with both, the rest is mostly not from paths."""
    assert explained(ledger(0.04, 0.04, 0.92), 0.92) == [f"{TOO} (+92%)", "The rest (+8%)"]
    assert explained(ledger(-0.04, 0.0, 0.96), 0.96) == [f"{TOO} (+96%)", "The rest (-4%)"]
    assert explained(ledger(0.04, 0.0, 0.96), 0.66) == [f"{TOO} (+66%)", "Weaker paths (+34%)"]
    assert explained(ledger(0.04, -0.04, 0.92), 0.92) == [f"{TOO} (+92%)"]


def test_taste_and_popularity_are_said_from_five_percent_on():
    assert explained(ledger(0.05, 0.05, 0.9), 0.9) == [
        f"{TOO} (+90%)",
        "Your taste as a whole (+5%)",
        "Seen by 11 of all 900 people (+5%)",
    ]


@pytest.mark.parametrize(("weight", "said"), [(0.995, True), (0.996, False)])
def test_hardly_any_rest_is_not_said(weight, said):
    found = explained(ledger(paths=1.0), weight)
    assert found[0] == f"{TOO} (+100%)"
    assert len(found) == 1 + said


def test_shares_are_those_of_the_absolute_score():
    """The size is 1 + 0.5 + 2.5 = 4."""
    found = explained(ledger(-1.0, 0.5, 2.5), 2.0)
    assert found == [
        f"{TOO} (+50%)",
        "Against it: your taste as a whole (-25%)",
        "Seen by 11 of all 900 people (+12%)",
        "Weaker paths (+12%)",
    ]


def test_each_sentence_about_paths_knows_them():
    made = recommended([(YOU, TOY, BUG)], ["SIMILAR"], [0.5], ledger(0.5, 0.5, 1.0))
    facts = Known(behind=watched(TOY, too=7))
    found = explanation(replace(made, ledger=ledger(0.5, 0.5, 1.0, [(BIG, 0.5)])), facts)
    assert [each.reason for each in found] == [*reasons(made, facts), None, None, None]


def test_no_path_is_said_honestly():
    found = explanation(recommended([], None, []), Known())
    text = "No path leads from your films to this one; it ranks by learned taste alone."
    assert found == [Sentence(text, 1.0)]
    found = explanation(recommended([], [], [], ledger(taste=1.0, paths=0.0)), Known())
    assert found == [Sentence("Mostly your taste as a whole (+100%).", 1.0)]


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.123, "+12%"), (-0.03, "-3%"), (0.004, "+0%"), (-0.004, "+0%"), (1.0, "+100%")],
)
def test_percents_have_a_sign(share, text):
    assert percent(share) == text


WORLD = related(
    DIRECTED=[(film, JOHN) for film in (TOY, BIG, BUG)],
    WROTE=[(HEAT, JOHN)],
    ACTED_IN=[(film, person) for film in (TOY, HEAT, BUG) for person in (TOM, NAMELESS)],
    IN_GENRE=[(film, genre) for film in (TOY, BIG, BUG) for genre in (DRAMA, ANIMATION)],
)
WORLD.rated = {TOY: 4.0, HEAT: 1.0}
EVERY = [
    *(
        ((YOU, film, BUG), kind)
        for film in (TOY, BIG, HEAT)
        for kind in ("WATCHED_NEXT", "SIMILAR")
    ),
    *(((YOU, film, JOHN, BUG), "DIRECTED") for film in (TOY, BIG, HEAT)),
    *(((YOU, film, who, BUG), "ACTED_IN") for film in (TOY, HEAT) for who in (TOM, NAMELESS)),
    *(((YOU, film, what, BUG), "IN_GENRE") for film in (TOY, BIG) for what in (DRAMA, ANIMATION)),
    *(((YOU, film, other, BUG), "RATED") for film in (TOY, BIG) for other in (ANN, BOB, CAT)),
    ((YOU, BIG, JOHN, TOY, TOM, BUG), "ACTED_IN"),
]
parts = st.floats(-2, 2)
evidence = st.floats(0.001, 2)


@given(
    shown=st.lists(
        st.tuples(st.sampled_from(EVERY), evidence), max_size=8, unique_by=lambda x: x[0]
    ),
    hidden=st.one_of(st.just(0.0), evidence),
    taste=parts,
    popularity=parts,
)
def test_shares_sum_to_the_score_and_are_what_the_text_says(shown, hidden, taste, popularity):
    """Up to half a percent, the least that is said."""
    paths = [path for (path, _), _ in shown]
    weights = [weight for _, weight in shown]
    whole = ledger(taste, popularity, sum(weights) + hidden, [(TOY, taste)])
    relations = [relation for (_, relation), _ in shown]
    found = explanation(recommended(paths, relations, weights, whole), WORLD)
    score = taste + popularity + whole.paths
    expected = score / whole.size if whole.size else 0
    assert sum(each.share for each in found) == pytest.approx(expected, abs=0.0051)
    for each in found:
        assert each.text.endswith(f" ({percent(each.share)}).")
    assert len({each.text.rpartition(" (")[0] for each in found}) == len(found)


@given(st.lists(st.tuples(st.sampled_from(EVERY), evidence), min_size=1, unique_by=lambda x: x[0]))
def test_each_path_is_in_one_reason_unless_its_genres_are_common(shown):
    paths = [path for (path, _), _ in shown]
    weights = [weight for _, weight in shown]
    given_one = by_paths(paths, [relation for (_, relation), _ in shown], weights)
    facts = replace(WORLD, num_movies=1_000)  # so that Drama and Animation are rare
    found = reasons(given_one, facts)
    assert sorted(path for each in found for path in each.paths) == sorted(paths)
    assert sum(each.weight for each in found) == pytest.approx(sum(weights))
    named = [each.through[:1] != (NAMELESS,) for each in found]
    assert named == sorted(named, reverse=True)
