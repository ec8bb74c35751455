"""In which order reasons are told, and which share of the score each of them says."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.recommendation.reasons import ReasonKind, reasons
from pipeline.recommendation.sentences import Sentence, explanation, percent
from tests.support.stated_facts import (
    ANIMATION,
    ANN,
    BIG,
    BOB,
    BUG,
    CAT,
    DRAMA,
    HEAT,
    JOHN,
    NAMELESS,
    RONIN,
    TOM,
    TOY,
    YOU,
    Known,
    by_paths,
    ledger,
    recommended,
    related,
    texts,
    watched,
)

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
