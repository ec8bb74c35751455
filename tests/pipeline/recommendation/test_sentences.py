"""Every reason is worded right, with numbers from the graph."""

import pytest

from pipeline.recommendation.sentences import explanation
from tests.support.stated_facts import (
    ANIMATION,
    ANN,
    BIG,
    BOB,
    BUG,
    CASINO,
    CAT,
    CHILDRENS,
    DRAMA,
    HEAT,
    JOHN,
    RONIN,
    TOM,
    TOY,
    YOU,
    Known,
    by_paths,
    only,
    recommended,
    related,
    texts,
    watched,
)

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
