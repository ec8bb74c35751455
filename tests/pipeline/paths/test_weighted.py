"""Weighted paths, counted by hand on eight movies, and against plain Python on random ones."""

from dataclasses import replace
from math import exp, log, nan, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.arrays import PADDING
from model.rkan_history.path_kinds import Feature, PathKind
from pipeline.content.catalogue import Catalogue
from pipeline.ids import EntityId
from pipeline.paths.config import WeightedPathConfig
from pipeline.paths.kinds import KIND_OF_RELATION, RELATIONS
from pipeline.paths.movies import movie_table
from pipeline.paths.weighted import AskedList, WeightedPaths, kept_paths
from tests.support.eight_movies import (
    ALIKE,
    ATTRIBUTES,
    DRAMA,
    EDGES,
    KIM,
    LEE,
    MOVIES,
    OTHERS,
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    H,
    part,
    place,
    row,
    source,
    table,
)
from tests.support.joined_paths import JoinedPaths
from tests.support.small_histories import histories

HALVED = WeightedPathConfig(
    watched_next_decay=0.5,
    similar_decay=0.5,
    attributes_decay=0.5,
    users_decay=0.5,
    candidates=10,
)
POPULARITY = np.array([9, 8, 7, 6, 5, 4, 3, 0])
MEAN_POPULARITY = sum(n * log(1 + n) for n in POPULARITY.tolist()) / 42
FIELDS = {
    PathKind.WATCHED_NEXT: "watched_next",
    PathKind.SIMILAR: "similar",
    PathKind.MAKER: "makers",
    PathKind.ACTOR: "actors",
    PathKind.GENRE: "genres",
    PathKind.USERS: "users",
}
UP_TO_3_HOPS = set(FIELDS)
DERIVED_KINDS = (PathKind.WATCHED_NEXT, PathKind.SIMILAR)


def near(expected):
    return pytest.approx(expected, abs=1e-5, rel=1e-4)


def asked(history, candidates, *, mean=nan, taste=None, labels=None, user=0, newest=None):
    """``history`` is newest first; ``newest`` of it may be on paths, all if it is not given."""
    nothing = np.zeros(len(candidates), np.float32)
    first = 0 if newest is None else max(len(history) - newest, 0)
    return AskedList(
        EntityId(user),
        (first, len(history)),
        row(*history),
        mean,
        row(*candidates),
        nothing if taste is None else np.array(taste, np.float32),
        nothing if labels is None else np.array(labels, np.float32),
    )


def found(*lists, config=HALVED, edges=EDGES, stars=None, **joined):
    """The lists of these users with their paths; ``stars`` of each movie's rating, by movie.

    Users who are asked for watched what is given here; paths through them are left out.
    """
    own = {each.user: (each.history[::-1] + A).tolist() for each in lists}
    alike = {ends: values for ends, values in ALIKE.items() if ends[1] not in own}
    paths = source(OTHERS | own, edges, **{"users": alike, **joined})
    weighted = WeightedPaths(paths.scales(), table(edges), config, POPULARITY)
    expansions = list(paths.expand([weighted.asked(each) for each in lists]))
    if stars:
        given_stars = [np.array([stars[m] for m in each.movies.tolist()]) for each in expansions]
        expansions = [
            each._replace(ratings=own.astype(np.float32))
            for each, own in zip(expansions, given_stars, strict=True)
        ]
    return weighted.lists(list(lists), expansions)


def paths(lists, user=0):
    """(candidate, source, age, relation, attribute or other user) of one user's paths."""
    width = lists.candidates.shape[1]
    return [
        (
            MOVIES[lists.candidates[user, slot % width]],
            MOVIES[lists.sources[i]],
            int(lists.ages[i]),
            RELATIONS[lists.relations[i]],
            None if lists.through[i] == PADDING else int(lists.through[i]),
        )
        for i, slot in enumerate(lists.slots.tolist())
        if slot // width == user
    ]


def values(lists, feature=None):
    """The weight, or one feature, of each path of user 0."""
    column = lists.weights if feature is None else lists.features[:, feature]
    return dict(zip(paths(lists), column.tolist(), strict=True))


def only(**counts):
    """No paths but those of the kinds given."""
    return HALVED.changed({**dict.fromkeys(FIELDS.values(), 0), **counts})


def test_all_paths_of_a_user_by_candidate():
    """The weights are those that the docstring of eight_movies names."""
    lists = found(asked([B, A], [D, C, H]))
    assert lists.slots.tolist() == [0] * 7 + [1] * 5
    assert values(lists) == near(
        {
            (D, B, 0, "WATCHED_NEXT", None): 1.4,
            (D, A, 1, "WATCHED_NEXT", None): 0.2,
            (D, A, 1, "SIMILAR", None): 1,
            (D, B, 0, "IN_GENRE", DRAMA): log(2),
            (D, A, 1, "IN_GENRE", DRAMA): log(2),
            (D, A, 1, "RATED", 1): 300 * 0.004,
            (D, A, 1, "RATED", 2): 300 * 0.003 * 0.5,  # user 2 watched C in between
            (C, A, 1, "WROTE", KIM): log(8 / 3),
            (C, B, 0, "IN_GENRE", DRAMA): log(2),
            (C, A, 1, "IN_GENRE", DRAMA): log(2),
            (C, A, 1, "RATED", 1): 300 * 0.004 * 0.5,
            (C, A, 1, "RATED", 2): 300 * 0.003,
        }
    )


def test_each_path_names_its_kind():
    lists = found(asked([B, A], [D, C, F]))
    assert set(lists.kinds.tolist()) == UP_TO_3_HOPS
    for kind, relation in zip(lists.kinds.tolist(), lists.relations.tolist(), strict=True):
        assert KIND_OF_RELATION[RELATIONS[relation]] == kind


def test_two_hops_are_paths_over_derived_relationships_alone():
    lists = found(asked([B, A], [D, C, F]), config=HALVED.changed({"max_hops": 2}))
    assert set(paths(lists)) == {
        (D, B, 0, "WATCHED_NEXT", None),
        (D, A, 1, "WATCHED_NEXT", None),
        (D, A, 1, "SIMILAR", None),
    }


def test_five_hops_add_paths_through_two_people():
    """From B over Lee, A and Kim to C, which Kim wrote, and to F, in which Kim acted."""
    config = only(people=2).changed({"max_hops": 5})
    lists = found(asked([B], [C, F, D]), config=config)
    assert paths(lists) == [(C, B, 0, "WROTE", LEE), (F, B, 0, "ACTED_IN", LEE)]
    assert lists.beyond.tolist() == [[A, KIM], [A, KIM]]
    assert lists.weights.tolist() == near([log(8 / 2) * log(8 / 3)] * 2)
    assert set(lists.kinds.tolist()) == {PathKind.PEOPLE}
    for changes in ({"max_hops": 3}, {"people": 0}):
        assert paths(found(asked([B], [C, F]), config=config.changed(changes))) == []
    assert (found(asked([B, A], [D, C])).beyond == PADDING).all()


def test_of_the_paths_through_two_people_the_strongest_are_kept():
    """Kim leads to C over F, too, from A: the newer movie counts more, then the lower ids."""
    config = only(people=1).changed({"max_hops": 5})
    lists = found(asked([E, B], [C]), config=config)
    assert paths(lists) == [(C, B, 1, "WROTE", LEE)]


def test_direction_counts():
    """A leads to D, but D does not lead to A."""
    assert paths(found(asked([D], [A]), config=only(watched_next=5, similar=5))) == []


def test_of_each_kind_the_best_few_are_kept():
    config = HALVED.changed(dict.fromkeys(FIELDS.values(), 1))
    assert paths(found(asked([B, A], [D, C]), config=config)) == [
        (D, B, 0, "WATCHED_NEXT", None),  # 1.4 against 0.2 / 2
        (D, A, 1, "SIMILAR", None),
        (D, B, 0, "IN_GENRE", DRAMA),  # log 2 against log 2 / 2
        (D, A, 1, "RATED", 1),  # 0.004 against 0.003 / 2
        (C, A, 1, "WROTE", KIM),
        (C, B, 0, "IN_GENRE", DRAMA),
        (C, A, 1, "RATED", 2),  # 0.003 against 0.004 / 2
    ]


def test_how_many_are_kept_by_default():
    assert list(kept_paths(WeightedPathConfig()).values()) == [8, 8, 2, 2, 2, 20, 0, 8, 8]
    assert list(kept_paths(WeightedPathConfig(max_hops=2)).values()) == [8, 8, 0, 0, 0, 0, 0, 8, 8]
    assert list(kept_paths(WeightedPathConfig(max_hops=5)).values()) == [8, 8, 2, 2, 2, 20, 2, 8, 8]
    assert kept_paths(HALVED.changed({"actors": 7}))[PathKind.ACTOR] == 7


def test_the_limits_of_the_default_configuration_hold_for_each_candidate():
    """Twelve movies lead to two candidates in every way, and so do 25 other users."""
    users, films = range(26), range(26, 46)
    director, actor, genre = range(46, 49)
    newest, candidates = list(films[:12]), list(films[12:14])
    ties = ((director, "DIRECTED"), (actor, "ACTED_IN"), (genre, "IN_GENRE"))
    edges = [(movie, *tie) for movie in films[:14] for tie in ties]
    catalogue = Catalogue(
        kinds=["User"] * len(users) + ["Movie"] * len(films) + ["Person", "Person", "Genre"],
        keys=[*users, *films, "nm1", "nm2", "Drama"],
        names=[""] * 49,
        edges=np.array([edge[:2] for edge in edges], dtype=np.int64),
        relations=[relation for *_, relation in edges],
    )
    pairs = {(j, m): 1.0 for j in newest for m in candidates}
    alike = {(0, other): (1 / (100 + other), 0, 2, newest[3]) for other in users[1:]}
    watched = [newest, *([newest[3], *candidates] for _ in users[1:])]
    joined = JoinedPaths(
        histories(*watched), catalogue, part({"WATCHED_NEXT": pairs, "SIMILAR": pairs}, alike)
    )
    movies, config = movie_table(catalogue), WeightedPathConfig()
    weighted = WeightedPaths(joined.scales(), movies, config, np.ones(len(films), dtype=np.int64))
    nothing = np.zeros(2, dtype=np.float32)
    rows = np.arange(12, dtype=np.int64)[::-1], np.array([12, 13], dtype=np.int64)
    one = AskedList(EntityId(0), (0, 12), rows[0], nan, rows[1], nothing, nothing)
    lists = weighted.lists([one], joined.expand([weighted.asked(one)]))
    for slot in (0, 1):
        kinds = lists.kinds[lists.slots == slot]
        assert np.bincount(kinds).tolist() == [8, 8, 2, 2, 2, 20]
    for kind, count in kept_paths(config).items():
        if kind in FIELDS and kind != PathKind.USERS:  # all weights are equal: the newest movies
            ages = lists.ages[lists.kinds == kind]
            assert sorted(ages.tolist()) == sorted([*range(count)] * 2)
    others = lists.through[lists.kinds == PathKind.USERS]
    assert sorted(others.tolist()) == sorted([*users[1:21]] * 2)


def test_what_was_watched_lately_counts_more():
    config = only(watched_next=1)
    recent = paths(found(asked([A, E, F, G, B], [D]), config=config))
    assert recent == [(D, A, 0, "WATCHED_NEXT", None)]  # 0.2 against 1.4 / 16
    config = config.changed({"watched_next_decay": 1.0})
    assert paths(found(asked([A, E, F, G, B], [D]), config=config)) == [
        (D, B, 4, "WATCHED_NEXT", None)
    ]


@pytest.mark.parametrize("kind", FIELDS, ids=lambda kind: kind.name)
def test_a_kind_that_is_switched_off_is_nowhere(kind):
    every = [asked([B, A], [D, C, F])]
    lists = found(*every, config=HALVED.changed({FIELDS[kind]: 0}))
    assert set(lists.kinds.tolist()) == UP_TO_3_HOPS - {kind}
    both = {"watched_next": 8, "similar": 8}
    features = {Feature.WATCHED_NEXT: PathKind.WATCHED_NEXT, Feature.SIMILAR: PathKind.SIMILAR}
    lists = found(*every, config=only(**both | {FIELDS[kind]: 0}))
    for feature, of_kind in features.items():
        assert lists.features[:, feature].any() == (of_kind != kind)
    alone = found(*every, config=only(**{FIELDS[kind]: 8}))
    assert set(alone.kinds.tolist()) == {kind}


def test_kinds_that_are_switched_off_need_no_relationships():
    config = only(genres=2)
    lists = found(asked([B], [D]), config=config, derived={}, users={})
    assert paths(lists) == [(D, B, 0, "IN_GENRE", DRAMA)]
    lists = found(asked([B, A], [D, C]), config=only(), derived={}, users={})
    assert paths(lists) == []
    assert lists.features.shape == (0, len(Feature))


def test_a_path_goes_over_an_attribute_of_its_kind_and_names_the_candidates_tie():
    lists = found(asked([A], [B, C, F, D]), config=only(makers=3, actors=3, genres=3))
    assert paths(lists) == [
        (B, A, 0, "DIRECTED", LEE),
        (B, A, 0, "IN_GENRE", DRAMA),
        (C, A, 0, "WROTE", KIM),  # Kim acted in A; C was written by Kim, too
        (C, A, 0, "IN_GENRE", DRAMA),
        (F, A, 0, "ACTED_IN", KIM),
        (D, A, 0, "IN_GENRE", DRAMA),
    ]


def test_all_shared_attributes_of_a_kind_weigh_and_the_rarest_is_named():
    """Lee made A and B; Kim made A, B and C; Drama, here a person, only acted in both."""
    edges = [
        (A, LEE, "DIRECTED"),
        (A, KIM, "WROTE"),
        (A, DRAMA, "ACTED_IN"),
        (B, LEE, "WROTE"),
        (B, KIM, "DIRECTED"),
        (B, DRAMA, "ACTED_IN"),
        (C, KIM, "DIRECTED"),
    ]
    lists = found(asked([A], [B]), config=only(makers=2, actors=2), edges=edges)
    assert values(lists) == near(
        {
            (B, A, 0, "WROTE", LEE): log(8 / 2) + log(8 / 3),
            (B, A, 0, "ACTED_IN", DRAMA): log(8 / 2),
        }
    )


def test_an_attribute_of_all_movies_is_on_no_path():
    edges = [(movie, DRAMA, "IN_GENRE") for movie in MOVIES]
    assert paths(found(asked([A], [B]), config=only(genres=2), edges=edges)) == []


def test_a_path_through_a_user_needs_the_shared_movie_in_the_history():
    config = only(users=5)
    assert paths(found(asked([B, E], [D, C]), config=config)) == []
    assert len(paths(found(asked([B, A], [D, C, G]), config=config))) == 4  # G comes too late
    last = {(0, 1): (0.004, 1, 2, A)}
    assert paths(found(asked([A], [D, C]), config=config, users=last)) == [(D, A, 0, "RATED", 1)]


def test_features_by_hand():
    history = asked([B, A], [D], mean=4.0)
    config = only(watched_next=2, similar=1, users=1, genres=1)
    lists = found(history, config=config, stars={B: 5.0, A: 3.5})
    by_path = {(path[1], path[3]): own for path, own in _with_features(lists)}
    popular = {movie: log(1 + POPULARITY[movie - A]) - MEAN_POPULARITY for movie in MOVIES}
    newest = [1, 1, 0, 0.5]
    older = [exp(-1 / 5), exp(-1 / 30), log(2) / 5, -0.25]
    b, a = [popular[D], popular[B]], [popular[D], popular[A]]
    assert by_path[B, "WATCHED_NEXT"] == near([*newest, sqrt(1.4), 0, 0, *b])
    assert by_path[A, "WATCHED_NEXT"] == near([*older, sqrt(0.2), 1, 0, *a])
    assert by_path[A, "SIMILAR"] == near([*older, sqrt(0.2), 1, 0, *a])
    assert by_path[B, "IN_GENRE"] == near([*newest, 0, 0, 0, *b])
    assert by_path[A, "RATED"] == near([*older, 0, 0, sqrt(300 * 0.004), *a])
    assert lists.features.shape == (5, len(Feature))


def _with_features(lists):
    return zip(paths(lists), lists.features.tolist(), strict=True)


@pytest.mark.parametrize(("mean", "stars"), [(nan, None), (3.0, {A: nan, B: nan})])
def test_without_ratings_their_feature_is_zero(mean, stars):
    lists = found(asked([B, A], [D], mean=mean), stars=stars)
    assert len(lists.slots) > 5
    assert not lists.features[:, Feature.RATING].any()


def test_one_unknown_rating_leaves_the_others():
    lists = found(asked([B, A], [D], mean=3.0), config=only(watched_next=2), stars={A: nan, B: 4})
    assert sorted(lists.features[:, Feature.RATING].tolist()) == [0, 0.5]


def test_taste_and_popularity_are_above_the_users_mean():
    lists = found(asked([A], [D, C, H], taste=[3, 4, 8]), asked([E], [G], taste=[7], user=1))
    assert lists.taste.tolist() == [[-2, -1, 3], [0, 0, 0]]
    logs = np.log([7, 8, 1])
    assert lists.popularity[0] == near(logs - logs.mean())
    assert lists.popularity[1].tolist() == [0, 0, 0]


def test_only_movies_within_the_bounds_are_on_paths():
    config = only(watched_next=5, users=5)
    lists = found(asked([A, B], [D], newest=1), config=config)
    assert paths(lists) == [
        (D, A, 0, "WATCHED_NEXT", None),
        (D, A, 0, "RATED", 1),
        (D, A, 0, "RATED", 2),
    ]
    assert lists.histories.tolist() == [row(A, B).tolist()]  # the encoder sees all of it
    lists = found(asked([B, A], [D], newest=1), config=config)
    assert paths(lists) == [(D, B, 0, "WATCHED_NEXT", None)]


def test_positions_may_have_gaps():
    """Ages and steps count movies, not positions."""
    whole = asked([B, A], [D, C])
    gaps = {0: [3, 7], 1: [0, 2, 3, 8, 9], 2: [1, 2, 5, 6]}
    alike = {(0, 1): (0.004, 2, 8, A), (0, 2): (0.003, 2, 6, A)}  # the same places as in ALIKE
    later = found(replace(whole, bounds=(3, 8)), positions=gaps, users=alike)
    assert values(later) == values(found(whole))
    assert np.array_equal(later.features, found(whole).features)
    last = paths(found(replace(whole, bounds=(4, 8)), positions=gaps, users=alike))
    assert {(source, age) for _, source, age, _, _ in last} == {(B, 0)}


def test_a_user_without_history_has_candidates_without_paths():
    lists = found(asked([], [D, H]), asked([B], [D], user=1))
    assert lists.histories.tolist() == [[PADDING], row(B).tolist()]
    assert paths(lists, user=0) == []
    assert lists.popularity[0].tolist() == near([log(7) / 2, -log(7) / 2])
    assert paths(lists, user=1)


def test_a_user_without_candidates_has_nothing():
    lists = found(asked([A], []), asked([B], [D], user=1))
    assert lists.candidates.tolist() == [[PADDING], row(D).tolist()]
    assert not lists.popularity[0].any()
    assert set(lists.slots.tolist()) == {1}


def test_nobody_with_anything_is_no_error():
    lists = found(asked([], []))
    assert lists.candidates.shape == (1, 0)
    assert len(lists.slots) == 0


def test_labels_histories_and_users_come_through():
    lists = found(asked([B, A], [D, C], labels=[0, 1]), asked([E], [G], labels=[1], user=2))
    assert lists.users.tolist() == [0, 2]
    assert lists.labels.tolist() == [[0, 1], [1, 0]]
    assert lists.histories.tolist() == [row(B, A).tolist(), [E - A, PADDING]]
    assert paths(lists, user=1) == [(G, E, 0, "SIMILAR", None)]


def test_users_together_have_the_paths_of_each_alone():
    users = [asked([A], [F, B, D], user=1), asked([B, A], [D, C])]
    together = found(*users)
    assert (np.diff(together.slots) >= 0).all()
    for number, each in enumerate(users):
        alone = found(each, users={(0, 2): ALIKE[0, 2]})
        own = together.slots // 3 == number
        assert paths(together, user=number) == paths(alone)
        assert np.array_equal(together.weights[own], alone.weights)
        assert np.array_equal(together.features[own], alone.features)


movies = st.lists(st.sampled_from(MOVIES), unique=True, max_size=8)
kept = st.integers(0, 4)
TYPES = ("DIRECTED", "WROTE", "ACTED_IN", "IN_GENRE")


@st.composite
def worlds(draw):
    """Random edges, weights, histories, candidates and settings."""
    possible = st.tuples(*(st.sampled_from(each) for each in (MOVIES, ATTRIBUTES, TYPES)))
    edges = draw(st.lists(possible, unique=True, max_size=14))
    edges.sort(key=lambda edge: (*edge[:2], TYPES.index(edge[2])))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    derived = {}
    for kind in ("WATCHED_NEXT", "SIMILAR"):
        pairs = {(j, m) for j in MOVIES for m in MOVIES if j != m and rng.random() < 0.4}
        derived[kind] = {pair: float(rng.uniform(0.1, 2)) for pair in sorted(pairs)}
    watched, alike = {0: draw(movies)}, {}
    for other in (1, 2):
        own = watched[other] = rng.permutation(MOVIES)[: draw(st.integers(2, 8))].tolist()
        position = int(rng.integers(len(own) - 1))
        until = int(rng.integers(position + 1, len(own)))
        alike[0, other] = (float(rng.uniform(1e-3, 0.5)), position, until, own[position])
    candidates = [movie for movie in draw(movies) if movie not in watched[0]]
    newest = draw(st.integers(1, 8))
    config = WeightedPathConfig(
        max_hops=draw(st.sampled_from([2, 3, 3, 3])),
        watched_next_decay=0.7,
        similar_decay=0.8,
        attributes_decay=0.9,
        users_decay=0.6,
        **{field: draw(kept) for field in FIELDS.values()},
    )
    return edges, derived, watched, alike, candidates, newest, config


@given(worlds())
@settings(max_examples=120, deadline=None)
def test_paths_and_features_are_those_of_plain_python(world):
    edges, derived, watched, alike, candidates, count_newest, config = world
    history = watched[0][::-1]
    newest = history[:count_newest]
    paths_of_graph = source(watched, edges, derived, alike)
    weighted = WeightedPaths(paths_of_graph.scales(), table(edges), config, POPULARITY)
    one = asked(history, candidates, newest=count_newest)
    lists = weighted.lists([one], paths_of_graph.expand([weighted.asked(one)]))
    tie = {}  # the most informative relationship of a movie and an attribute
    for movie, attribute, relation in reversed(edges):
        tie[movie, attribute] = relation
    degree = {a: sum((movie, a) in tie for movie in MOVIES) for a in ATTRIBUTES}

    def scaled(kind, j, m):
        pairs = derived[kind.name]
        return pairs.get((j, m), 0) / sqrt(np.mean(np.square(list(pairs.values()))))

    def shared(kind, j, m):
        both = [a for a in ATTRIBUTES if (j, a) in tie and (m, a) in tie]
        return {a for a in both if KIND_OF_RELATION[tie[m, a]] == kind}

    def every(kind, movie):
        """(age, other user or None) of all paths of a kind -> (weight, weight in the choice)."""
        ways = {}
        for age, j in enumerate(newest):
            if kind in DERIVED_KINDS:
                weight = scaled(kind, j, movie)
                decay = 0.7 if kind == PathKind.WATCHED_NEXT else 0.8
            else:
                decay, weight = 0.9, sum(log(8 / degree[a]) for a in shared(kind, j, movie))
            if weight > 0 and kind != PathKind.USERS:
                ways[age, None] = (weight, weight * decay**age)
            for (_, other), (weight, position, until, both) in alike.items():
                later = watched[other][position + 1 : until + 1]
                if kind == PathKind.USERS and both == j and movie in later:
                    weight *= 300 * 0.6 ** later.index(movie)
                    ways[age, other] = (weight, weight)
        return ways

    popular = np.log1p(POPULARITY) - MEAN_POPULARITY
    for column, movie in enumerate(candidates):
        for kind, field in FIELDS.items():
            count = getattr(config, field) if config.max_hops == 3 or kind in DERIVED_KINDS else 0
            ways = every(kind, movie)
            own = np.flatnonzero((lists.slots == column) & (lists.kinds == kind)).tolist()
            through = lists.through.tolist()
            keys = [
                (int(lists.ages[i]), through[i] if kind == PathKind.USERS else None) for i in own
            ]
            assert len(set(keys)) == len(keys)
            best = sorted((choice for _, choice in ways.values()), reverse=True)[:count]
            assert sorted((ways[key][1] for key in keys), reverse=True) == near(best)
            for i, key in zip(own, keys, strict=True):
                age, weight = key[0], ways[key][0]
                j = newest[age]
                assert MOVIES[lists.sources[i]] == j
                assert lists.weights[i] == near(weight)
                features = [exp(-age / 5), exp(-age / 30), log(1 + age) / 5, 0, 0, 0, 0]
                if kind in DERIVED_KINDS:
                    for at, derived_kind in enumerate(DERIVED_KINDS):
                        if getattr(config, FIELDS[derived_kind]):
                            features[4 + at] = sqrt(scaled(derived_kind, j, movie))
                    assert through[i] == PADDING
                    assert lists.relations[i] == place(kind.name)
                elif kind == PathKind.USERS:
                    features[6] = sqrt(weight)
                    assert lists.relations[i] == place("RATED")
                else:
                    assert through[i] in shared(kind, j, movie)
                    assert degree[through[i]] == min(degree[a] for a in shared(kind, j, movie))
                    assert lists.relations[i] == place(tie[movie, through[i]])
                features += [popular[movie - A], popular[j - A]]
                assert lists.features[i].tolist() == near(features)
    assert (np.diff(lists.slots) >= 0).all()
