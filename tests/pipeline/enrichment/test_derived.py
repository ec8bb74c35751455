"""Derived relationships in a real Neo4j: what they are, against counting by hand."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.content.histories import read_histories
from pipeline.enrichment import enrich as module
from pipeline.enrichment.derived import derive
from pipeline.enrichment.enrich import enrich, enrich_all
from pipeline.enrichment.stored import (
    EARLY_WEIGHT,
    PEOPLE,
    SHARED,
    WEIGHT,
    find_enrichment,
    weight_scales,
)
from pipeline.load.kg import load_kg
from pipeline.paths.pair import pair_paths
from tests.support.derived_films import CONFIG, TYPES, content, count, expected, weights_of
from tests.support.film_graph import (
    ALONE,
    BIG,
    BUG,
    CASINO,
    HEAT,
    RATED,
    RONIN,
    TOY,
    UNSEEN,
    tables,
)
from tests.support.small_histories import histories as histories_of


def test_the_films_as_counted_by_hand(films):
    config = CONFIG.changed({"similar": "cosine", "cosine_shrinkage": 1.0})
    summary = enrich(films, read_histories(films), config)
    found = content(films)
    # Heat: users 1, 3 and 4 watched it; Ronin and Alone came next once each, Casino after Ronin
    following = weights_of(found, "WATCHED_NEXT")
    after_heat = {m: weight for (j, m), weight in following.items() if j == HEAT}
    assert after_heat == {RONIN: 1 / 4, ALONE: 1 / 4, CASINO: 0.5 / 4}
    # Big: users 1 and 3; Bug and Heat came next once each, and Alone last for both
    assert following[BIG, ALONE] == pytest.approx(2 * 0.5 / 3)
    assert (ALONE, BUG) not in following
    # Ronin and Casino: users 2 and 3 both; Alone: users 1 and 3
    near = weights_of(found, "SIMILAR")
    assert near[RONIN, CASINO] == pytest.approx(2 / 3)
    assert near[ALONE, HEAT] == pytest.approx(2 / (6**0.5 + 1))
    assert (summary.dataset, summary.unchanged) == ("films", False)
    kinds = [kind for kind, *_ in found]
    counts = (summary.watched_next, summary.similar, summary.watched_alike)
    assert counts == tuple(kinds.count(kind) for kind in TYPES)
    assert all(counts)


def test_early_weights_as_counted_by_hand(films):
    """The early part leaves out user 1's Alone, 2's Toy Story, 3's Toy Story and Unseen."""
    config = CONFIG.changed({"similar": "cosine", "cosine_shrinkage": 1.0})
    enrich(films, read_histories(films), config)
    found = content(films)
    following = weights_of(found, "WATCHED_NEXT", EARLY_WEIGHT)
    after_heat = {m: weight for (j, m), weight in following.items() if j == HEAT}
    assert after_heat == {RONIN: 1 / 4, CASINO: 0.5 / 4}
    assert following[BIG, ALONE] == pytest.approx(0.5 / 3)  # user 3 alone
    near = weights_of(found, "SIMILAR", EARLY_WEIGHT)
    assert near[ALONE, BUG] == pytest.approx(1 / (2**0.5 + 1))  # Alone: user 3, Bug: 2 and 3
    late = {movie for pair in following for movie in pair} & {TOY, UNSEEN}
    assert late == {TOY}  # user 1 began with Toy Story


def test_two_movies_have_one_relationship_of_a_type_with_both_weights(films):
    enrich(films, read_histories(films), CONFIG)
    found = content(films)
    for kind in TYPES[:2]:
        pairs = [(a, b) for each, a, b, _ in found if each == kind]
        assert len(set(pairs)) == len(pairs)
        both = weights_of(found, kind).keys() & weights_of(found, kind, EARLY_WEIGHT).keys()
        only_late = weights_of(found, kind).keys() - both
        assert both
        assert only_late


def test_two_users_have_a_relationship_for_each_part(films):
    """The places in the histories differ between the parts."""
    enrich(films, read_histories(films), CONFIG)
    rows = [
        (a, b, dict(properties)) for each, a, b, properties in content(films) if each == TYPES[2]
    ]
    for name in (WEIGHT, EARLY_WEIGHT):
        own = [(a, b) for a, b, properties in rows if name in properties]
        assert own
        assert len(set(own)) == len(own)
    assert all((WEIGHT in each) != (EARLY_WEIGHT in each) for *_, each in rows)
    for _, target, each in rows:
        size = len(RATED[target])
        last = size if WEIGHT in each else round(0.75 * size)
        assert 0 <= each["position"] < each["until"] < last


def test_the_number_of_people_is_there_with_the_weight_of_all_ratings(films):
    """As counted by hand from all training ratings."""
    enrich(films, read_histories(films), CONFIG.changed({"similar": "cosine"}))
    found = content(films)
    for kind in TYPES[:2]:
        assert weights_of(found, kind, PEOPLE).keys() == weights_of(found, kind).keys()
    soon, both = (weights_of(found, kind, PEOPLE) for kind in TYPES[:2])
    assert (soon[HEAT, RONIN], soon[HEAT, ALONE], soon[BIG, ALONE]) == (1, 1, 2)
    assert (both[RONIN, CASINO], both[ALONE, HEAT]) == (2, 2)
    rows = [dict(properties) for kind, *_, properties in found if kind == TYPES[2]]
    assert all(1 <= each[SHARED] <= CONFIG.alike_movies for each in rows)


@pytest.mark.parametrize("short", [0.5, 0.99])
def test_the_graph_holds_the_early_weights_of_short_histories(films, short):
    histories = read_histories(films)
    config = CONFIG.changed({"short_histories": short, "short_length": 2})
    enrich(films, histories, config)
    assert content(films) == expected(films, histories, config)
    whole, other = (
        weights_of(content(films), "SIMILAR", name).keys() for name in (WEIGHT, EARLY_WEIGHT)
    )
    enrich(films, histories, CONFIG)
    assert weights_of(content(films), "SIMILAR").keys() == whole
    assert weights_of(content(films), "SIMILAR", EARLY_WEIGHT).keys() != other


@pytest.mark.parametrize("alike", [0, 1])
def test_no_more_users_than_are_wanted_are_alike(films, alike):
    summary = enrich(films, read_histories(films), CONFIG.changed({"alike": alike}))
    sources = [a for kind, a, *_ in content(films) if kind == "WATCHED_ALIKE"]
    assert summary.watched_alike == len(sources)
    assert summary.alike == alike
    assert max((sources.count(user) for user in RATED), default=0) <= 2 * alike
    assert bool(sources) == bool(alike)
    assert enrich(films, read_histories(films), CONFIG.changed({"alike": alike})).unchanged


@pytest.mark.parametrize("method", ["ease", "cosine"])
def test_the_graph_holds_the_computed_weights(films, method, monkeypatch):
    monkeypatch.setattr(module, "_BATCH", 4)
    config = CONFIG.changed({"similar": method})
    histories = read_histories(films)
    enrich(films, histories, config)
    assert content(films) == expected(films, histories, config)


@pytest.mark.parametrize("method", ["ease", "cosine"])
def test_histories_of_one_movie_give_no_relationships(graph, tmp_path, method):
    films = tables()
    single = films.ratings.drop_duplicates("userId").assign(movieId=[TOY, BUG, BIG, HEAT])
    load_kg(graph, replace(films, ratings=single), test_fraction=0, quarantine=tmp_path)
    summary = enrich_all(graph, CONFIG.changed({"similar": method}))
    assert (count(summary), summary.unchanged) == (0, False)
    assert content(graph) == []
    assert enrich_all(graph, CONFIG.changed({"similar": method})).unchanged


def test_paths_do_not_run_along_derived_relationships(films):
    before = [pair_paths(films, 1, str(BUG), max_hops=hops, limit=500) for hops in (3, 5)]
    around = pair_paths(films, 1, str(TOY), max_hops=5, through_users=True, limit=500)
    enrich(films, read_histories(films), CONFIG)
    assert [pair_paths(films, 1, str(BUG), max_hops=hops, limit=500) for hops in (3, 5)] == before
    assert pair_paths(films, 1, str(TOY), max_hops=5, through_users=True, limit=500) == around


some_histories = st.lists(
    st.lists(st.sampled_from(range(10, 17)), unique=True, max_size=7), min_size=1, max_size=6
)


@given(some_histories, st.sampled_from([0.2, 0.5]), st.sampled_from([0.0, 0.5, 0.99]))
def test_rows_hold_each_weight_of_both_parts_once(given_rows, label_fraction, short):
    histories = histories_of(*given_rows)
    changes = {"label_fraction": label_fraction, "short_histories": short, "short_length": 3}
    derived = derive(histories, CONFIG.changed(changes))
    for kind, found in derived.rows().items():
        rows = list(found)
        assert sum(len(row.targets) for row in rows) == derived.counts()[kind]
        sources = [row.source for row in rows]
        assert sources == sorted(set(sources))
        for name, part in ((WEIGHT, derived.whole), (EARLY_WEIGHT, derived.early)):
            own = [
                (row.source, target, properties[name])
                for row in rows
                for target, properties in zip(row.targets, row.properties, strict=True)
                if name in properties
            ]
            weights = part.users if kind == "WATCHED_ALIKE" else part.movies[kind]
            columns = (weights.source, weights.target, weights.weight)
            assert sorted(own) == sorted(zip(*(x.tolist() for x in columns), strict=True))
        number, with_it = (
            (SHARED, {WEIGHT, EARLY_WEIGHT}) if kind == TYPES[2] else (PEOPLE, {WEIGHT})
        )
        every = [properties for row in rows for properties in row.properties]
        assert all((number in each) == bool(with_it & each.keys()) for each in every)
        if kind != "WATCHED_ALIKE":
            assert all(len(set(row.targets)) == len(row.targets) for row in rows)
        assert all(properties for row in rows for properties in row.properties)


def test_the_scales_that_are_stored_are_those_of_the_weights_in_the_graph(films):
    enrich(films, read_histories(films), CONFIG)
    found = find_enrichment(films)
    assert found is not None
    stored = found.scales or {}
    assert stored.keys() == {WEIGHT, EARLY_WEIGHT}
    for name, scales in stored.items():
        assert scales == pytest.approx(weight_scales(films, name))
