"""Every kind of path is worded right, named attributes first, the rest by attention."""

from dataclasses import dataclass, field

import pytest

from pipeline.ids import EntityId
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
    assert explanation(paths, [0.5, 0.2, 0.3], catalogue) == [
        "Because you rated Toy Story (1995), also a Comedy film (attention 0.30).",
        "Because you rated Toy Story (1995), also with Tom Hanks (attention 0.20).",
        "Because you rated Toy Story (1995), also directed by person m.0abc (attention 0.50).",
    ]


def test_a_single_sentence_needs_no_weight():
    catalogue = related(ACTED_IN=[(TOY, TOM), (BUG, TOM)])
    assert explanation([(YOU, TOY, TOM, BUG)], [1.0], catalogue) == [
        "Because you rated Toy Story (1995), also with Tom Hanks."
    ]


def test_no_path_is_said_honestly():
    (text,) = explanation([], [], related())
    assert text.startswith("No path leads from your films to this one")


def test_a_path_that_the_graph_lacks_is_a_mistake():
    with pytest.raises(ValueError, match="no relationship between entities 2 and 7"):
        worded((YOU, TOY, TOM, BUG), related())
