"""Derived relationships in a real Neo4j: content, repetition, interruption, removal."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.content.catalogue import read_catalogue
from pipeline.content.histories import read_histories
from pipeline.enrichment import enrich as module
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.derived import derive, derive_part
from pipeline.enrichment.early import early_and_late
from pipeline.enrichment.enrich import enrich, enrich_all, remove_enrichment, restored
from pipeline.enrichment.stored import (
    EARLY_WEIGHT,
    PEOPLE,
    SHARED,
    WEIGHT,
    find_enrichment,
    weight_scales,
)
from pipeline.errors import ConfigError, DatabaseError, GraphContentError, NotFoundError
from pipeline.graph import Graph
from pipeline.load.kg import load_kg
from pipeline.paths.pair import pair_paths
from tests.support.film_graph import (
    ALONE,
    BIG,
    BUG,
    CASINO,
    HEAT,
    POISON,
    RATED,
    RONIN,
    TOY,
    UNSEEN,
    entities,
    load_films,
    query,
    tables,
)
from tests.support.narrowing import present
from tests.support.small_histories import histories as histories_of

TYPES = ("WATCHED_NEXT", "SIMILAR", "WATCHED_ALIKE")
CONFIG = EnrichConfig(
    label_fraction=0.25,
    short_histories=0.0,
    neighbours=3,
    steps=2,
    step_decay=0.5,
    watched_next_shrinkage=1.0,
    ease_l2=2.0,
    alike=2,
    alike_movies=3,
    alike_stride=1,
    alike_steps=2,
)


@pytest.fixture
def films(graph, tmp_path):
    load_films(graph, tmp_path)
    return graph


def content(graph):
    """The relationships of each type: their ends, as userId or movieId, and properties, sorted."""
    rows = graph.read(
        query(
            "MATCH (a)-[r:WATCHED_NEXT|SIMILAR|WATCHED_ALIKE]->(b) "
            "RETURN type(r) AS type, coalesce(a.userId, a.movieId) AS a, "
            "coalesce(b.userId, b.movieId) AS b, properties(r) AS properties"
        )
    )
    return sorted(
        (row["type"], row["a"], row["b"], tuple(sorted(row["properties"].items()))) for row in rows
    )


def expected(graph, histories, config):
    """The same from the weights that the pure functions give."""
    catalogue = read_catalogue(graph)
    key = {entity: each for kind in ("Movie", "User") for each, entity in _keys(catalogue, kind)}
    early, _ = early_and_late(histories, config)
    parts = {WEIGHT: derive_part(histories, config), EARLY_WEIGHT: derive_part(early, config)}
    between: dict[tuple[str, int, int], dict[str, float]] = {}
    found = []
    for name, part in parts.items():
        for kind, weights in part.movies.items():
            for source, targets, values in weights.by_source():
                for target, weight in zip(targets, values, strict=True):
                    between.setdefault((kind, key[source], key[target]), {})[name] = weight
            if name == WEIGHT:
                columns = (weights.source, weights.target, part.people[kind])
                for source, target, number in zip(*(x.tolist() for x in columns), strict=True):
                    between[kind, key[source], key[target]][PEOPLE] = number
        users = part.users
        for place in range(len(users)):
            properties = {
                name: float(users.weight[place]),
                "position": int(users.position[place]),
                "until": int(users.until[place]),
                "movie": int(users.movie[place]),
                SHARED: int(users.shared[place]),
            }
            ends = (key[int(users.source[place])], key[int(users.target[place])])
            found.append(("WATCHED_ALIKE", *ends, tuple(sorted(properties.items()))))
    found += [(*ends, tuple(sorted(weights.items()))) for ends, weights in between.items()]
    return sorted(found)


def _keys(catalogue, kind):
    return entities(catalogue, kind).items()


def weights_of(found, kind, name=WEIGHT):
    """(source, target) -> weight of one type and part."""
    own = {(a, b): dict(properties) for each, a, b, properties in found if each == kind}
    return {ends: each[name] for ends, each in own.items() if name in each}


def count(summary):
    return summary.watched_next + summary.similar + summary.watched_alike


def interrupted(patch, after):
    """Let this many writes through, then fail; as a crash does, between two transactions."""
    done: list[int] = []
    for name in ("write", "write_implicit"):
        real = getattr(Graph, name)

        def write(self, *arguments, real=real, **parameters):
            if len(done) == after:
                raise DatabaseError("the server went away")
            done.append(1)
            return real(self, *arguments, **parameters)

        patch.setattr(Graph, name, write)


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


def test_doing_it_again_writes_nothing(films, monkeypatch):
    histories = read_histories(films)
    first = enrich(films, histories, CONFIG)
    before = content(films)
    with monkeypatch.context() as patch:
        interrupted(patch, 0)
        again = enrich(films, histories, CONFIG)
    assert again.unchanged
    assert replace(again, unchanged=False, seconds=0) == replace(first, seconds=0)
    assert content(films) == before


def test_other_parameters_replace_the_old_weights(films):
    histories = read_histories(films)
    first = enrich(films, histories, CONFIG)
    fewer = CONFIG.changed({"neighbours": 1, "similar": "cosine"})
    second = enrich(films, histories, fewer)
    assert not second.unchanged
    assert second.watched_next < first.watched_next
    assert content(films) == expected(films, histories, fewer)


def test_new_ratings_leave_the_weights_in_use_until_they_are_computed_again(films):
    old = enrich_all(films, CONFIG)
    before = content(films)
    films.write(
        query(
            "MATCH (u:User {userId: 1}), (m:Movie {title: 'Toy Story'}) "
            "CREATE (u)-[:RATED {position: 99, timestamp: 99}]->(m)"
        )
    )
    assert present(find_enrichment(films)).watched_next == old.watched_next
    assert not enrich_all(films, CONFIG).unchanged
    assert content(films) == expected(films, read_histories(films), CONFIG) != before


def test_relationships_that_no_record_speaks_of_are_replaced(films):
    films.write(
        query("MATCH (j:Movie), (m:Movie) CREATE (j)-[:SIMILAR {weight: 9.0, part: 'all'}]->(m)")
    )
    films.write(query("MATCH (u:User), (v:User) CREATE (u)-[:WATCHED_ALIKE {weight: 9.0}]->(v)"))
    assert find_enrichment(films) is None
    histories = read_histories(films)
    enrich(films, histories, CONFIG)
    assert content(films) == expected(films, histories, CONFIG)


def test_what_is_not_there_cannot_be_removed(films):
    with pytest.raises(NotFoundError, match="films has no derived relationships"):
        remove_enrichment(films)
    summary = enrich(films, read_histories(films), CONFIG)
    assert remove_enrichment(films) == count(summary)
    assert content(films) == []
    assert find_enrichment(films) is None


def test_held_out_ratings_are_never_read(films):
    histories = read_histories(films)
    enrich(films, histories, CONFIG)
    before = content(films)
    films.write(query(POISON))
    poisoned = read_histories(films)
    assert enrich(films, poisoned, CONFIG).unchanged
    remove_enrichment(films)
    enrich(films, poisoned, CONFIG)
    assert content(films) == before
    rated = {movie for movies in RATED.values() for movie in movies}
    between = [(j, m) for kind, j, m, _ in before if kind != "WATCHED_ALIKE"]
    assert {movie for pair in between for movie in pair} <= rated
    movies = entities(read_catalogue(films), "Movie")
    shared = {dict(each)["movie"] for kind, _, _, each in before if kind == "WATCHED_ALIKE"}
    assert shared <= {movies[movie] for movie in rated}


@pytest.mark.parametrize("after", [1, 2, 4, 8])
def test_a_crash_leaves_nothing_that_counts_and_the_next_run_repairs_it(films, monkeypatch, after):
    monkeypatch.setattr(module, "_BATCH", 6)
    histories = read_histories(films)
    enrich(films, histories, CONFIG.changed({"similar": "cosine"}))
    with monkeypatch.context() as patch, pytest.raises(DatabaseError, match="went away"):
        interrupted(patch, after)
        enrich(films, histories, CONFIG)
    assert find_enrichment(films) is None
    assert not enrich(films, histories, CONFIG).unchanged
    assert content(films) == expected(films, histories, CONFIG)


def test_a_crash_before_the_first_change_leaves_the_old_weights(films, monkeypatch):
    histories = read_histories(films)
    old = CONFIG.changed({"similar": "cosine"})
    enrich(films, histories, old)
    with monkeypatch.context() as patch, pytest.raises(DatabaseError, match="went away"):
        interrupted(patch, 0)
        enrich(films, histories, CONFIG)
    assert enrich(films, histories, old).unchanged


def test_an_interrupted_removal_leaves_nothing_that_counts_and_is_done_again(films, monkeypatch):
    histories = read_histories(films)
    enrich(films, histories, CONFIG)
    with monkeypatch.context() as patch, pytest.raises(DatabaseError, match="went away"):
        interrupted(patch, 1)
        remove_enrichment(films)
    assert find_enrichment(films) is None
    remove_enrichment(films)
    assert content(films) == []


@pytest.mark.parametrize("kind", TYPES)
def test_changed_weights_are_written_again(films, kind):
    histories = read_histories(films)
    enrich(films, histories, CONFIG)
    films.write(query(f"MATCH ()-[r:{kind}]->() WITH r LIMIT 1 DELETE r"))
    assert not enrich(films, histories, CONFIG).unchanged
    assert content(films) == expected(films, histories, CONFIG)


@pytest.mark.parametrize("kind", TYPES)
def test_two_at_once_leave_the_weights_of_the_later(films, monkeypatch, kind):
    histories, real = read_histories(films), films.write
    other = CONFIG.changed({"similar": "cosine"})

    def overtaken(query, **parameters):
        if query.name == f"derive/{kind.lower()}":
            monkeypatch.setattr(films, "write", real)
            enrich(films, histories, other)
        return real(query, **parameters)

    monkeypatch.setattr(films, "write", overtaken)
    with pytest.raises(GraphContentError, match=r"another process wrote .* films"):
        enrich(films, histories, CONFIG)
    assert content(films) == expected(films, histories, other)
    assert enrich(films, histories, other).unchanged


def test_too_many_movies_for_ease_leave_the_old_weights(films, monkeypatch):
    histories = read_histories(films)
    old = CONFIG.changed({"similar": "cosine"})
    enrich(films, histories, old)
    monkeypatch.setattr("pipeline.enrichment.weights.EASE_MOVIES", 7)
    with pytest.raises(ConfigError, match="8 here"):
        enrich(films, histories, CONFIG)
    assert enrich(films, histories, old).unchanged


def test_a_load_of_other_data_takes_the_weights_away(films, tmp_path):
    histories = read_histories(films)
    enrich(films, histories, CONFIG)
    given = tables("fewer")
    load_kg(
        films,
        replace(given, genres=given.genres.iloc[1:]),
        replace=True,
        quarantine=tmp_path,
    )
    assert content(films) == []
    assert find_enrichment(films) is None
    assert not enrich(films, read_histories(films), CONFIG).unchanged


def test_data_that_is_replaced_meanwhile_gets_no_foreign_weights(films, tmp_path, monkeypatch):
    histories, given = read_histories(films), tables("fewer")

    def slow(*arguments):
        other = replace(given, genres=given.genres.iloc[1:])
        load_kg(films, other, replace=True, quarantine=tmp_path)
        return derive(*arguments)

    monkeypatch.setattr(module, "derive", slow)
    with pytest.raises(GraphContentError, match="another process wrote"):
        enrich(films, histories, CONFIG)
    assert content(films) == []


def test_an_interrupted_replacement_leaves_nothing_that_counts(films, tmp_path, monkeypatch):
    histories, given = read_histories(films), tables("fewer")
    enrich(films, histories, CONFIG)
    with monkeypatch.context() as patch, pytest.raises(DatabaseError, match="went away"):
        interrupted(patch, 2)  # after the constraint of the lock, and what begins the removal
        other = replace(given, genres=given.genres.iloc[1:])
        load_kg(films, other, replace=True, quarantine=tmp_path)
    assert find_enrichment(films) is None
    with pytest.raises(GraphContentError, match="only a part of films"):
        enrich(films, histories, CONFIG)


def test_paths_do_not_run_along_derived_relationships(films):
    before = [pair_paths(films, 1, str(BUG), max_hops=hops, limit=500) for hops in (3, 5)]
    around = pair_paths(films, 1, str(TOY), max_hops=5, through_users=True, limit=500)
    enrich(films, read_histories(films), CONFIG)
    assert [pair_paths(films, 1, str(BUG), max_hops=hops, limit=500) for hops in (3, 5)] == before
    assert pair_paths(films, 1, str(TOY), max_hops=5, through_users=True, limit=500) == around


def test_replaced_relationships_come_back(films):
    histories = read_histories(films)
    enrich(films, histories, CONFIG)
    before = content(films)
    with restored(films):
        enrich(films, histories, CONFIG.changed({"similar": "cosine", "alike": 0}))
        assert content(films) != before
    assert content(films) == before
    assert enrich(films, histories, CONFIG).unchanged


def test_replaced_relationships_come_back_after_an_error(films):
    histories = read_histories(films)
    enrich(films, histories, CONFIG)
    before = content(films)
    with pytest.raises(KeyError, match="lost"), restored(films):
        enrich(films, histories, CONFIG.changed({"neighbours": 1}))
        raise KeyError("lost")
    assert content(films) == before


@pytest.mark.parametrize("after", [1, 3])
def test_relationships_come_back_after_an_interrupted_replacement(films, monkeypatch, after):
    monkeypatch.setattr(module, "_BATCH", 6)
    histories = read_histories(films)
    enrich(films, histories, CONFIG)
    before = content(films)
    with (
        pytest.raises(DatabaseError, match="went away"),
        restored(films),
        monkeypatch.context() as patch,
    ):
        interrupted(patch, after)
        enrich(films, histories, CONFIG.changed({"neighbours": 1}))
    assert content(films) == before
    assert find_enrichment(films) is not None


def test_removed_relationships_come_back(films):
    enrich(films, read_histories(films), CONFIG)
    before = content(films)
    with restored(films):
        remove_enrichment(films)
    assert content(films) == before


@pytest.mark.parametrize("error", [False, True])
def test_relationships_that_were_not_there_go_again(films, error):
    histories = read_histories(films)
    try:
        with restored(films):
            enrich(films, histories, CONFIG)
            assert content(films)
            if error:
                raise KeyError("lost")
    except KeyError:
        assert error
    assert content(films) == []
    assert find_enrichment(films) is None


def test_nothing_is_written_where_nothing_was_replaced(films, monkeypatch):
    histories = read_histories(films)
    with monkeypatch.context() as patch:
        interrupted(patch, 0)
        with restored(films):
            pass
    enrich(films, histories, CONFIG)
    before = content(films)
    with monkeypatch.context() as patch:
        interrupted(patch, 0)
        with restored(films):
            enrich(films, histories, CONFIG)
    assert content(films) == before


def test_relationships_of_fewer_ratings_come_back_from_all_ratings(films):
    histories = read_histories(films)
    enrich(films, histories, CONFIG)
    films.write(
        query(
            "MATCH (u:User {userId: 4}), (m:Movie {title: 'Ronin'}) "
            "CREATE (u)-[:RATED {position: 1, timestamp: 99}]->(m)"
        )
    )
    with restored(films):
        enrich(films, histories, CONFIG.changed({"neighbours": 1}))
    assert content(films) == expected(films, read_histories(films), CONFIG)


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
