"""Weighted paths, counted by hand on eight movies, and against plain Python on random ones."""

from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.arrays import PADDING
from pipeline.paths.config import WeightedPathConfig
from pipeline.paths.links import RELATIONS
from pipeline.paths.weighted import (
    FADINGS,
    FEATURES,
    KINDS,
    LINEAR,
    AskedList,
    WeightedPaths,
    derived_types,
)
from tests.support.eight_movies import (
    ATTRIBUTES,
    DRAMA,
    KIM,
    LEE,
    MOVIES,
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    H,
    links,
    place,
    row,
)

HALVED = WeightedPathConfig(
    watched_next_decay=0.5, similar_decay=0.5, attributes_decay=0.5, candidates=10
)
POPULARITY = np.array([9, 8, 7, 6, 5, 4, 3, 0])


def near(expected):
    return pytest.approx(expected, abs=1e-5, rel=1e-4)


def asked(history, candidates, ratings=None, labels=None, user=0):
    """``history`` is newest first."""
    return AskedList(
        user,
        row(*history),
        np.zeros(len(history), np.float32) if ratings is None else np.array(ratings, np.float32),
        row(*candidates),
        np.zeros(len(candidates), np.float32) if labels is None else np.array(labels, np.float32),
    )


def found(*lists, config=HALVED, joined=None):
    return WeightedPaths(joined or links(), config, POPULARITY).lists(list(lists))


def paths(lists, user=0):
    """(candidate, source, age, relation, attribute) of one user's paths."""
    width, joined = lists.candidates.shape[1], links()
    return [
        (
            int(joined.movies[lists.candidates[user, slot % width]]),
            int(joined.movies[lists.sources[i]]),
            int(lists.ages[i]),
            RELATIONS[lists.relations[i]],
            None
            if lists.attributes[i] == PADDING
            else int(joined.attribute_entities[lists.attributes[i]]),
        )
        for i, slot in enumerate(lists.slots.tolist())
        if slot // width == user
    ]


def only(**changes):
    """No paths but those of the kinds given."""
    nothing = {"watched_next": 0, "similar": 0, "attributes": 0}
    return HALVED.changed({**nothing, **changes})


def test_all_paths_of_a_user_by_candidate():
    """Those of one candidate stand together; their order among each other says nothing."""
    lists = found(asked([B, A], [D, C, H]))
    assert lists.slots.tolist() == [0] * 5 + [1] * 2
    assert set(paths(lists)) == {
        (D, B, 0, "WATCHED_NEXT", None),
        (D, A, 1, "WATCHED_NEXT", None),
        (D, A, 1, "SIMILAR", None),
        (D, B, 0, "IN_GENRE", DRAMA),
        (D, A, 1, "IN_GENRE", DRAMA),
        (C, B, 0, "IN_GENRE", DRAMA),
        (C, A, 1, "WROTE", KIM),
    }


def test_direction_counts():
    """A leads to D, but D does not lead to A."""
    assert paths(found(asked([D], [A]), config=only(watched_next=5, similar=5))) == []


def test_of_each_kind_the_best_few_are_kept():
    config = HALVED.changed({"watched_next": 1, "similar": 1, "attributes": 1})
    assert paths(found(asked([B, A], [D, C]), config=config)) == [
        (D, B, 0, "WATCHED_NEXT", None),  # 1.4 against 0.2 / 2
        (D, A, 1, "SIMILAR", None),
        (D, B, 0, "IN_GENRE", DRAMA),  # log 2 against log 2 / 2
        (C, A, 1, "WROTE", KIM),  # (log 8/3 + log 2) / 2 against log 2
    ]


def test_what_was_watched_lately_counts_more():
    config = only(watched_next=1)
    recent = paths(found(asked([A, E, F, G, B], [D]), config=config))
    assert recent == [(D, A, 0, "WATCHED_NEXT", None)]  # 0.2 against 1.4 / 16
    config = config.changed({"watched_next_decay": 1.0})
    assert paths(found(asked([A, E, F, G, B], [D]), config=config)) == [
        (D, B, 4, "WATCHED_NEXT", None)
    ]


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({"watched_next": 0}, {"SIMILAR", "IN_GENRE", "WROTE"}),
        ({"similar": 0}, {"WATCHED_NEXT", "IN_GENRE", "WROTE"}),
        ({"attributes": 0}, {"WATCHED_NEXT", "SIMILAR"}),
        ({"watched_next": 0, "similar": 0, "attributes": 0}, set()),
    ],
    ids=lambda value: "-".join(sorted(value)) if isinstance(value, dict) else None,
)
def test_a_kind_that_is_switched_off_is_nowhere(changes, kinds):
    lists = found(asked([B, A], [D, C]), config=HALVED.changed(changes))
    assert {relation for *_, relation, _ in paths(lists)} == kinds
    for number, kind in enumerate(("watched_next", "similar", "attributes")):
        off = kind in changes
        assert (not lists.linear[0, :, _of_kind(number)].any()) == off
        assert (not lists.features[:, number].any()) == (off or not kinds)


def _of_kind(number):
    """The columns of the linear features that are about one kind."""
    return slice(number * len(FADINGS), (number + 1) * len(FADINGS))


def test_a_kind_that_is_switched_off_needs_no_relationships():
    config = only(attributes=2)
    assert paths(found(asked([B], [D]), config=config, joined=links(derived={})))
    assert derived_types(config) == []
    assert derived_types(only(similar=1)) == ["SIMILAR"]
    assert derived_types(HALVED) == ["WATCHED_NEXT", "SIMILAR"]


def test_a_path_goes_over_the_rarest_shared_attribute_and_names_the_candidates_tie():
    lists = found(asked([A], [B, C, F, D]), config=only(attributes=3))
    assert paths(lists) == [
        (B, A, 0, "DIRECTED", LEE),
        (C, A, 0, "WROTE", KIM),  # Kim acted in A; C was written by Kim, too
        (F, A, 0, "ACTED_IN", KIM),
        (D, A, 0, "IN_GENRE", DRAMA),
    ]


def test_features_by_hand():
    lists = found(asked([B, A], [D], ratings=[1.0, -0.5]), config=only(watched_next=2, similar=1))
    by_source = {(path[1], path[3]): features for path, features in _with_features(lists)}
    b = [sqrt(1.4), 0, 0, 1, 1, 0, 0.5]
    a = [sqrt(0.2), 1, 0, exp(-1 / 5), exp(-1 / 30), log(2) / 5, -0.25]
    assert by_source[B, "WATCHED_NEXT"] == near(b)
    assert by_source[A, "WATCHED_NEXT"] == near(a)
    assert by_source[A, "SIMILAR"] == near(a)
    assert lists.features.shape == (3, FEATURES)


def _with_features(lists):
    return zip(paths(lists), lists.features.tolist(), strict=True)


def test_the_feature_of_attributes_is_all_that_is_shared():
    lists = found(asked([A], [C]), config=only(attributes=1))
    assert lists.features[0, 2] == near(sqrt(log(8 / 3) + log(8 / 4)))


def test_linear_features_by_hand():
    """Sums over all paths of a kind, kept or not, at each fading; popularity; less the mean."""
    config = HALVED.changed({"watched_next": 1, "similar": 1, "attributes": 1})
    lists = found(asked([B, A], [D, C, H]), config=config)
    sums = [[1.4 + 0.2 * fading, 0, 0] for fading in FADINGS]
    sums += [[1 * fading, 0, 0] for fading in FADINGS]
    for fading in FADINGS:
        sums.append([log(2) + log(2) * fading, log(2) + (log(8 / 3) + log(2)) * fading, 0])
    sums.append([log(7), log(8), log(1)])
    expected = np.array(sums) - np.mean(sums, axis=1, keepdims=True)
    linear = lists.linear[0].T
    assert linear == near(expected)
    assert lists.linear.shape == (1, 3, LINEAR)


def test_only_the_newest_movies_of_a_history_are_on_paths():
    config = only(watched_next=5).changed({"history": 1})
    lists = found(asked([A, B], [D]), config=config)
    assert paths(lists) == [(D, A, 0, "WATCHED_NEXT", None)]
    assert lists.histories.tolist() == [row(A, B).tolist()]  # the encoder sees all of it


def test_a_user_without_history_has_candidates_without_paths():
    lists = found(asked([], [D, H]), asked([B], [D], user=1))
    assert lists.histories.tolist() == [[PADDING], row(B).tolist()]
    assert paths(lists, user=0) == []
    assert not lists.linear[0, :, :-1].any()
    assert lists.linear[0, :, -1].tolist() == pytest.approx([log(7) / 2, -log(7) / 2])
    assert paths(lists, user=1)


def test_a_user_without_candidates_has_nothing():
    lists = found(asked([A], []), asked([B], [D], user=1))
    assert lists.candidates.tolist() == [[PADDING], row(D).tolist()]
    assert not lists.linear[0].any()
    assert set(lists.slots.tolist()) == {1}


def test_nobody_with_anything_is_no_error():
    lists = found(asked([], []))
    assert lists.candidates.shape == (1, 0)
    assert len(lists.slots) == 0


def test_labels_histories_and_users_come_through():
    lists = found(asked([B, A], [D, C], labels=[0, 1], user=7), asked([E], [G], labels=[1], user=9))
    assert lists.users.tolist() == [7, 9]
    assert lists.labels.tolist() == [[0, 1], [1, 0]]
    assert lists.histories.tolist() == [row(B, A).tolist(), [E - A, PADDING]]
    assert paths(lists, user=1) == [(G, E, 0, "SIMILAR", None)]


def test_chunks_hold_what_one_list_each_would():
    users = [asked([A, B], [D, C], user=number) for number in range(5)]
    chunks = list(WeightedPaths(links(), HALVED, POPULARITY).chunks(users, users=2))
    assert [chunk.users.tolist() for chunk in chunks] == [[0, 1], [2, 3], [4]]
    alone = found(users[0])
    assert chunks[-1].sources.tolist() == alone.sources.tolist()
    assert np.array_equal(chunks[-1].features, alone.features)
    assert list(WeightedPaths(links(), HALVED, POPULARITY).chunks([])) == []


movies = st.lists(st.sampled_from(MOVIES), unique=True, max_size=8)
kept = st.integers(0, 4)


@st.composite
def worlds(draw):
    """Random edges, weights, history, candidates and settings."""
    edges = draw(
        st.lists(
            st.tuples(
                st.sampled_from(MOVIES),
                st.sampled_from(ATTRIBUTES),
                st.sampled_from(["DIRECTED", "IN_GENRE"]),
            ),
            unique_by=lambda edge: edge[:2],
            max_size=12,
        )
    )
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    derived = {}
    for kind in KINDS[:2]:
        pairs = {(j, m) for j in MOVIES for m in MOVIES if j != m and rng.random() < 0.4}
        derived[kind] = {pair: float(rng.uniform(0.1, 2)) for pair in sorted(pairs)}
    history = draw(movies)
    candidates = [movie for movie in draw(movies) if movie not in history]
    config = WeightedPathConfig(
        history=draw(st.integers(1, 8)),
        watched_next=draw(kept),
        watched_next_decay=0.7,
        similar=draw(kept),
        similar_decay=0.8,
        attributes=draw(kept),
        attributes_decay=0.9,
    )
    return sorted(edges), derived, history, candidates, config


@given(worlds())
@settings(max_examples=120, deadline=None)
def test_paths_and_features_are_those_of_plain_python(world):
    edges, derived, history, candidates, config = world
    joined = links(edges, derived)
    lists = found(asked(history, candidates), config=config, joined=joined)
    owned = {movie: {a for m, a, _ in edges if m == movie} for movie in MOVIES}
    degree = {a: sum(a in each for each in owned.values()) for a in ATTRIBUTES}
    relation = {(m, a): kind for m, a, kind in edges}

    def weight(kind, j, m):
        if kind == "attributes":
            return sum(log(8 / degree[a]) for a in owned[j] & owned[m])
        size = sqrt(np.mean(np.square(list(derived[kind].values())))) if derived[kind] else 1
        return derived[kind].get((j, m), 0) / size

    settings_of = {
        "WATCHED_NEXT": (config.watched_next, 0.7),
        "SIMILAR": (config.similar, 0.8),
        "attributes": (config.attributes, 0.9),
    }
    newest = history[: config.history]
    sums = np.zeros((len(KINDS), len(FADINGS), len(candidates)))
    for column, movie in enumerate(candidates):
        own = [i for i, slot in enumerate(lists.slots.tolist()) if slot == column]
        for number, kind in enumerate(KINDS):
            count, decay = settings_of[kind]
            every = {age: decay**age * weight(kind, j, movie) for age, j in enumerate(newest)}
            chosen = [i for i in own if _kind(lists, i) == kind]
            got = {int(lists.ages[i]): every[int(lists.ages[i])] for i in chosen}
            assert len(got) == len(chosen)
            best = sorted((w for w in every.values() if w > 1e-7), reverse=True)[:count]
            assert sorted(got.values(), reverse=True) == near(best)
            for at, fading in enumerate(FADINGS):
                faded = [fading**age * weight(kind, j, movie) for age, j in enumerate(newest)]
                sums[number, at, column] = sum(faded) if count else 0
            for i in chosen:
                source = newest[lists.ages[i]]
                assert joined.movies[lists.sources[i]] == source
                for at, other in enumerate(KINDS):
                    there = weight(other, source, movie) if settings_of[other][0] else 0
                    assert lists.features[i, at] == near(sqrt(there))
                if kind == "attributes":
                    shared = owned[source] & owned[movie]
                    through = int(joined.attribute_entities[lists.attributes[i]])
                    assert through in shared
                    assert degree[through] == min(degree[a] for a in shared)
                    assert lists.relations[i] == place(relation[movie, through])
                else:
                    assert lists.attributes[i] == PADDING
    expected = sums - sums.mean(axis=2, keepdims=True) if candidates else sums
    linear = lists.linear[0, :, :-1].T
    assert linear == near(expected.reshape(LINEAR - 1, len(candidates)))
    assert (np.diff(lists.slots) >= 0).all()


def _kind(lists, i):
    relation = RELATIONS[lists.relations[i]]
    return relation if relation in KINDS else "attributes"
