"""The order of reasons: variety first, nothing by films the user disliked, nothing lost."""

from dataclasses import replace
from math import e

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.rkan_history.path_kinds import USUAL_KINDS, PathKind
from pipeline.ids import EntityId
from pipeline.networks.rkan_history.shown import ReasonPath, in_order_of_showing
from pipeline.paths.kinds import KIND_OF_RELATION

RELATION_OF = {kind: relation for relation, kind in KIND_OF_RELATION.items()}
RELATION_OF[PathKind.PEOPLE] = "ACTED_IN"


def path(kind, evidence=1.0, film=10, age=0, liking=0.0, through=20, telling=True):
    """A path from user 0 through a film to movie 99."""
    between: tuple[int, ...] = (through,)
    if kind in (PathKind.WATCHED_NEXT, PathKind.SIMILAR):
        between = ()
    elif kind == PathKind.PEOPLE:
        between = (through, 30, 31)
    return ReasonPath(
        entities=tuple(map(EntityId, (0, film, *between, 99))),
        kind=kind,
        relation=RELATION_OF[kind],
        evidence=evidence,
        age=age,
        liking=liking,
        telling=telling,
    )


def kinds(paths):
    return [each.kind for each in paths]


def test_the_best_of_each_kind_comes_before_all_others():
    strong = [path(PathKind.SIMILAR, evidence, film) for film, evidence in enumerate((9, 8, 7), 1)]
    weak = path(PathKind.GENRE, 0.5)
    middle = [path(PathKind.USERS, 2.0), path(PathKind.USERS, 1.0, film=11)]
    shown = in_order_of_showing([*strong, weak, *middle], {})
    assert shown == [strong[0], middle[0], weak, strong[1], strong[2], middle[1]]


def test_within_a_kind_liked_and_recent_films_come_first():
    """exp(-age / 100), and exp(0.5) for every star above the mean, weigh the evidence."""
    assert path(PathKind.SIMILAR, 2.0).appeal == 2.0
    assert path(PathKind.SIMILAR, 2.0, age=100).appeal == pytest.approx(2 / e)
    assert path(PathKind.SIMILAR, 2.0, liking=1.0).appeal == pytest.approx(2 * e)  # two stars
    old = path(PathKind.SIMILAR, 2.0, film=1, age=100)
    new = path(PathKind.SIMILAR, 1.0, film=2)
    loved = path(PathKind.SIMILAR, 0.9, film=3, liking=0.5)
    assert in_order_of_showing([old, new, loved], {}) == [loved, new, old]


def test_a_path_through_a_film_rated_below_the_mean_comes_last_of_all():
    disliked = path(PathKind.SIMILAR, 50.0, film=1, liking=-0.25)
    also = path(PathKind.SIMILAR, 1.0, film=2)
    other = path(PathKind.USERS, 0.01)
    more = path(PathKind.USERS, 0.005, film=3)
    assert in_order_of_showing([disliked, also, other, more], {}) == [also, other, more, disliked]


def test_a_kind_of_disliked_films_alone_comes_after_all_others():
    disliked = path(PathKind.MAKER, 50.0, film=1, liking=-0.25)
    strong, weak = path(PathKind.SIMILAR, 2.0, film=2), path(PathKind.SIMILAR, 1.0, film=3)
    assert in_order_of_showing([disliked, weak, strong], {}) == [strong, weak, disliked]


def test_kinds_that_already_led_on_the_list_come_first_less_often():
    """Of 4 and 2 of evidence, the root of the shares decides: 0.82 and 0.58."""
    similar, users = path(PathKind.SIMILAR, 4.0), path(PathKind.USERS, 2.0)
    order = [
        kinds(in_order_of_showing([similar, users], leading))
        for leading in ({}, {PathKind.SIMILAR: 1}, {PathKind.SIMILAR: 1, PathKind.USERS: 1})
    ]
    first = [PathKind.SIMILAR, PathKind.USERS]
    assert order == [first, first[::-1], first]


def test_a_far_better_kind_leads_again():
    similar, users = path(PathKind.SIMILAR, 4.0), path(PathKind.USERS, 0.5)
    for times in range(2):
        assert in_order_of_showing([users, similar], {PathKind.SIMILAR: times})[0] == similar
    assert in_order_of_showing([users, similar], {PathKind.SIMILAR: 5})[0] == users


def test_common_genres_come_after_all_that_say_more_but_before_disliked_films():
    common = path(PathKind.GENRE, 50.0, telling=False)
    rare = path(PathKind.GENRE, 1.0, film=11)
    similar = path(PathKind.SIMILAR, 3.0)
    more = path(PathKind.SIMILAR, 2.0, film=11)
    disliked = path(PathKind.USERS, 9.0, liking=-0.25)
    given_ones = [disliked, common, more, similar]
    assert in_order_of_showing(given_ones, {}) == [similar, more, common, disliked]
    assert in_order_of_showing([*given_ones, rare], {}) == [similar, rare, more, common, disliked]


@pytest.mark.parametrize(("faint", "first"), [(0.02, PathKind.SIMILAR), (0.04, PathKind.USERS)])
def test_a_kind_with_hardly_any_evidence_comes_after_the_others(faint, first):
    """Although the others already led often; from 3% of the evidence on it may come first."""
    similar = path(PathKind.SIMILAR, 1 - faint)
    users = path(PathKind.USERS, faint)
    shown = in_order_of_showing([similar, users], {PathKind.SIMILAR: 9})
    assert shown[0].kind == first
    assert len(shown) == 2


def test_a_faint_kind_still_comes_before_the_second_path_of_another():
    paths = [path(PathKind.SIMILAR, 1.0, film) for film in (1, 2)]
    users = path(PathKind.USERS, 0.01)
    assert in_order_of_showing([*paths, users], {}) == [paths[0], users, paths[1]]


def test_no_paths_are_no_reasons():
    assert in_order_of_showing([], {PathKind.SIMILAR: 3}) == []


_reasons = st.builds(
    path,
    kind=st.sampled_from(USUAL_KINDS),
    evidence=st.sampled_from([0.5, 1.0, 1.0, 7.0]),
    film=st.integers(1, 3),
    age=st.integers(0, 2),
    liking=st.sampled_from([-0.5, 0.0, 0.0, 0.5]),
    through=st.integers(20, 22),
    telling=st.booleans(),
)
_lists = st.lists(_reasons, max_size=12, unique_by=lambda each: (each.entities, each.relation))
_leading = st.dictionaries(st.sampled_from(USUAL_KINDS), st.integers(0, 3))


@given(paths=_lists, leading=_leading, data=st.data())
def test_the_order_is_that_of_no_input_and_nothing_is_lost(paths, leading, data):
    shown = in_order_of_showing(paths, leading)
    assert sorted(map(repr, shown)) == sorted(map(repr, paths))
    assert in_order_of_showing(data.draw(st.permutations(paths)), leading) == shown


@given(paths=_lists, leading=_leading)
def test_each_kind_is_seen_before_any_comes_again(paths, leading):
    shown = in_order_of_showing(paths, leading)
    every = {each.kind for each in paths if each.liking >= 0 and each.telling}
    assert set(kinds(shown[: len(every)])) == every


@given(paths=_lists, leading=_leading)
def test_disliked_films_come_after_all_others_and_before_them_common_genres(paths, leading):
    below = [(each.liking < 0, not each.telling) for each in in_order_of_showing(paths, leading)]
    assert below == sorted(below)


@given(paths=_lists, leading=_leading)
def test_the_unit_of_the_evidence_decides_nothing(paths, leading):
    doubled = [replace(each, evidence=2 * each.evidence) for each in paths]
    shown = in_order_of_showing(paths, leading)
    assert in_order_of_showing(doubled, leading) == [
        replace(each, evidence=2 * each.evidence) for each in shown
    ]
