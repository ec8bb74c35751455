"""Every kind of path is worded right, real names first, with what each counts for."""

from dataclasses import dataclass, field

import pytest

from pipeline.ids import EntityId
from pipeline.networks.interface import Ledger, Recommendation
from pipeline.recommendation.sentences import explanation, word_paths

YOU, OTHER, TOY, BUG, BIG, HEAT, JOHN, TOM, NAMELESS, COMEDY, ACTION = map(EntityId, range(11))
NAMES = [
    "user 1",
    "user 12",
    "Toy Story (1995)",
    "A Bug's Life (1998)",
    "Big (1988)",
    "Heat (1995)",
    "John Lasseter",
    "Tom Hanks",
    "person m.0abc",
    "Comedy",
    "Action",
]
KINDS = ["User"] * 2 + ["Movie"] * 4 + ["Person"] * 3 + ["Genre"] * 2


@dataclass
class Catalogue:
    relations: dict = field(default_factory=dict)
    kinds: list = field(default_factory=lambda: KINDS)
    names: list = field(default_factory=lambda: NAMES)

    def relation(self, movie, attribute):
        return self.relations.get((movie, attribute))

    def has_name(self, entity):
        return not self.names[entity].startswith("person m.")


def related(**kinds):
    """related(DIRECTED=[(TOY, JOHN)]) is a catalogue with these relationships."""
    return Catalogue({edge: kind for kind, edges in kinds.items() for edge in edges})


def recommended(paths, weights, relations=None, ledger=None):
    """A Bug's Life, recommended for these reasons."""
    closeness = 0.5 if ledger is None else None
    return Recommendation(YOU, BUG, 1, 2.0, closeness, paths, weights, relations, ledger)


def worded(path, catalogue):
    (sentence,) = word_paths([path], [1.0], catalogue)
    return sentence.text


@pytest.mark.parametrize(
    ("relation", "attribute", "words"),
    [
        ("DIRECTED", JOHN, "also directed by John Lasseter"),
        ("WROTE", JOHN, "also written by John Lasseter"),
        ("ACTED_IN", TOM, "also with Tom Hanks"),
        ("IN_GENRE", COMEDY, "also a Comedy film"),
        ("IN_GENRE", ACTION, "also an Action film"),
        ("DIRECTED", NAMELESS, "also directed by person m.0abc"),
    ],
)
def test_a_shared_attribute(relation, attribute, words):
    catalogue = related(**{relation: [(TOY, attribute), (BUG, attribute)]})
    text = worded((YOU, TOY, attribute, BUG), catalogue)
    assert text == f"Because you rated Toy Story (1995), {words}."


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("ACTED_IN", "DIRECTED", "Tom Hanks, who acted in it, directed this one"),
        ("DIRECTED", "WROTE", "Tom Hanks, who directed it, wrote this one"),
        ("WROTE", "ACTED_IN", "Tom Hanks, who wrote it, acted in this one"),
    ],
)
def test_one_person_in_two_roles(first, second, words):
    catalogue = related(**{first: [(BIG, TOM)], second: [(BUG, TOM)]})
    assert worded((YOU, BIG, TOM, BUG), catalogue) == f"Because you rated Big (1988): {words}."


def test_another_user():
    text = worded((YOU, TOY, OTHER, BUG), related())
    assert text == (
        "Because you rated Toy Story (1995): user 12, who also rated it, rated this one."
    )


def test_five_hops_are_told_step_by_step():
    catalogue = related(
        DIRECTED=[(TOY, JOHN), (BUG, JOHN)], IN_GENRE=[(BUG, COMEDY), (BIG, COMEDY)]
    )
    text = worded((YOU, TOY, JOHN, BUG, COMEDY, BIG), catalogue)
    assert text == (
        "Because you rated Toy Story (1995): John Lasseter, who directed it, also directed "
        "A Bug's Life (1998); this one is a Comedy film like A Bug's Life (1998)."
    )


def test_seven_hops_with_a_user_and_two_roles():
    catalogue = related(ACTED_IN=[(BIG, TOM)], DIRECTED=[(BUG, TOM)], IN_GENRE=[(TOY, 9), (BIG, 9)])
    text = worded((YOU, TOY, COMEDY, BIG, TOM, BUG, OTHER, HEAT), catalogue)
    assert text == (
        "Because you rated Toy Story (1995): Big (1988) is a Comedy film like it; Tom Hanks, who "
        "acted in Big (1988), directed A Bug's Life (1998); user 12, who rated A Bug's Life "
        "(1998), also rated this one."
    )


def test_paths_that_differ_in_the_users_movie_share_a_sentence():
    catalogue = related(ACTED_IN=[(TOY, TOM), (BIG, TOM), (HEAT, TOM), (BUG, TOM)])
    paths = [(YOU, movie, TOM, BUG) for movie in (TOY, BIG, HEAT)]
    (sentence,) = word_paths(paths, [0.2, 0.5, 0.1], catalogue)
    assert sentence.text == "Because you rated Big (1988) and 2 more films, also with Tom Hanks."
    assert sentence.weight == pytest.approx(0.8)


def test_a_shared_sentence_of_another_kind_says_them():
    catalogue = related(ACTED_IN=[(TOY, TOM), (BIG, TOM)], DIRECTED=[(BUG, TOM)])
    paths = [(YOU, movie, TOM, BUG) for movie in (TOY, BIG)]
    (sentence,) = word_paths(paths, [0.6, 0.4], catalogue)
    assert sentence.text == (
        "Because you rated Toy Story (1995) and 1 more film: "
        "Tom Hanks, who acted in them, directed this one."
    )


def test_two_roles_of_one_person_are_two_sentences():
    catalogue = related(ACTED_IN=[(TOY, TOM), (BUG, TOM)], DIRECTED=[(BIG, TOM)])
    paths = [(YOU, TOY, TOM, BUG), (YOU, BIG, TOM, BUG)]
    assert len(word_paths(paths, [0.6, 0.4], catalogue)) == 2


def test_real_names_come_first_then_attention_decides():
    catalogue = related(
        DIRECTED=[(TOY, NAMELESS), (BUG, NAMELESS)],
        ACTED_IN=[(TOY, TOM), (BUG, TOM)],
        IN_GENRE=[(TOY, COMEDY), (BUG, COMEDY)],
    )
    paths = [(YOU, TOY, attribute, BUG) for attribute in (NAMELESS, TOM, COMEDY)]
    assert explanation(recommended(paths, [0.5, 0.2, 0.3]), catalogue) == [
        "Because you rated Toy Story (1995), also a Comedy film (attention 0.30).",
        "Because you rated Toy Story (1995), also with Tom Hanks (attention 0.20).",
        "Because you rated Toy Story (1995), also directed by person m.0abc (attention 0.50).",
    ]


def test_a_single_sentence_needs_no_weight():
    catalogue = related(ACTED_IN=[(TOY, TOM), (BUG, TOM)])
    assert explanation(recommended([(YOU, TOY, TOM, BUG)], [1.0]), catalogue) == [
        "Because you rated Toy Story (1995), also with Tom Hanks."
    ]


def test_no_path_is_said_honestly():
    nothing = Ledger(taste=1.0, popularity=0.0, films=[], kinds={})
    for recommendation in (recommended([], []), recommended([], [], [], nothing)):
        (text,) = explanation(recommendation, related())
        assert text.startswith("No path leads from your films to this one")


def test_a_path_that_the_graph_lacks_is_a_mistake():
    with pytest.raises(ValueError, match="no relationship between entities 2 and 7"):
        worded((YOU, TOY, TOM, BUG), related())


def told(paths, relations, weights=None, catalogue=None):
    """Texts and weights of the sentences of paths that are in the order of showing."""
    weights = [1.0] * len(paths) if weights is None else weights
    sentences = word_paths(paths, weights, catalogue or related(), relations)
    return [(each.text, each.weight) for each in sentences]


def test_the_order_of_showing_is_kept_whatever_the_weights():
    catalogue = related(ACTED_IN=[(TOY, TOM), (BUG, TOM)])
    paths = [(YOU, TOY, TOM, BUG), (YOU, HEAT, BUG), (YOU, BIG, BUG)]
    assert told(paths, ["ACTED_IN", "SIMILAR", "WATCHED_NEXT"], [0.1, 0.2, 0.7], catalogue) == [
        ("Because you rated Toy Story (1995), also with Tom Hanks.", 0.1),
        ("Because you rated Heat (1995), which the same people watch as this one.", 0.2),
        ("Because you rated Big (1988), after which others watched this one.", 0.7),
    ]


def test_nameless_people_come_last_also_in_the_order_of_showing():
    catalogue = related(DIRECTED=[(TOY, NAMELESS), (BUG, NAMELESS)])
    paths = [(YOU, TOY, NAMELESS, BUG), (YOU, BIG, BUG)]
    (first, _), (last, _) = told(paths, ["DIRECTED", "SIMILAR"], [0.9, 0.1], catalogue)
    assert "Big (1988)" in first
    assert "person m.0abc" in last


def test_the_first_of_several_films_leads_in_the_order_of_showing():
    paths = [(YOU, BIG, BUG), (YOU, TOY, BUG), (YOU, HEAT, BUG)]
    [(text, weight)] = told(paths, ["SIMILAR"] * 3, [0.1, 0.5, 0.3])
    assert text == (
        "Because you rated Big (1988) and 2 more films, which the same people watch as this one."
    )
    assert weight == pytest.approx(0.9)


def test_two_relationships_between_the_same_films_are_two_sentences():
    paths = [(YOU, BIG, BUG), (YOU, BIG, BUG)]
    assert told(paths, ["SIMILAR", "WATCHED_NEXT"], [0.3, 0.2]) == [
        ("Because you rated Big (1988), which the same people watch as this one.", 0.3),
        ("Because you rated Big (1988), after which others watched this one.", 0.2),
    ]


SECOND, THIRD = EntityId(11), EntityId(12)  # two more users


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        ([(TOY, OTHER)], "Toy Story (1995): someone who had watched it"),
        ([(TOY, OTHER), (TOY, SECOND)], "Toy Story (1995): 2 people who had watched it"),
        (
            [(TOY, OTHER), (BIG, SECOND), (TOY, THIRD)],
            "Toy Story (1995) and Big (1988): 3 people who had watched some of these",
        ),
        (
            [(HEAT, OTHER), (TOY, SECOND), (BIG, THIRD)],
            "Heat (1995), Toy Story (1995) and Big (1988): 3 people who had watched some of these",
        ),
        (
            [(HEAT, OTHER), (TOY, SECOND), (BIG, THIRD), (BUG, THIRD)],
            "films such as Heat (1995), Toy Story (1995) and Big (1988): "
            "3 people who had watched some of these",
        ),
    ],
    ids=["one", "one film", "two films", "three films", "more films"],
)
def test_all_paths_through_other_users_share_one_sentence(paths, words):
    kinds = [*KINDS, "User", "User"]
    catalogue = Catalogue(kinds=kinds, names=[*NAMES, "user 3", "user 4"])
    given = [(YOU, film, other, JOHN) for film, other in paths]  # whatever they lead to
    [(text, weight)] = told(given, ["RATED"] * len(given), [0.25] * len(given), catalogue)
    assert text == f"Because you rated {words} then watched this one."
    assert weight == 0.25 * len(given)


def test_sentences_of_a_ledger_say_their_share_of_its_size():
    """The size is 1 + 0.5 + 2.5 = 4; the path through Big carries 0.3 of it."""
    ledger = Ledger(taste=-1.0, popularity=0.5, films=[], kinds={"SIMILAR": 1.5, "USERS": 1.0})
    paths = [(YOU, BIG, BUG), (YOU, TOY, OTHER, BUG)]
    given = recommended(paths, [0.3, 1.0], ["SIMILAR", "RATED"], ledger)
    assert explanation(given, related()) == [
        "Because you rated Big (1988), which the same people watch as this one (8% of the score).",
        "Because you rated Toy Story (1995): someone who had watched it then watched this one "
        "(25% of the score).",
    ]


def test_a_single_sentence_of_a_ledger_says_its_share_too():
    ledger = Ledger(taste=1.0, popularity=0.0, films=[], kinds={"SIMILAR": 1.0})
    [text] = explanation(recommended([(YOU, BIG, BUG)], [1.0], ["SIMILAR"], ledger), related())
    assert text.endswith("(50% of the score).")
