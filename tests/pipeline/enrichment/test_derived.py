"""Derived relationships in a real Neo4j: content, repetition, interruption, removal."""

from dataclasses import replace

import pytest

from pipeline.content.catalogue import read_catalogue
from pipeline.content.histories import read_histories
from pipeline.enrichment import enrich as module
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.enrich import enrich, enrich_all, find_enrichment, remove_enrichment
from pipeline.enrichment.weights import similar, watched_next
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
    entities,
    load_films,
    query,
    tables,
)
from tests.support.narrowing import present

CONFIG = EnrichConfig(
    neighbours=3, steps=2, step_decay=0.5, watched_next_shrinkage=1.0, ease_l2=2.0
)


@pytest.fixture
def films(graph, tmp_path):
    load_films(graph, tmp_path)
    return graph


def content(graph):
    """(type, source, target) -> weight, by movieId."""
    rows = graph.read(
        query(
            "MATCH (j:Movie)-[r:WATCHED_NEXT|SIMILAR]->(m:Movie) "
            "RETURN type(r) AS type, j.movieId AS j, m.movieId AS m, r.weight AS weight"
        )
    )
    found = {(row["type"], row["j"], row["m"]): row["weight"] for row in rows}
    assert len(found) == len(rows)
    return found


def expected(graph, histories, config):
    """The same from the weights that the pure functions give."""
    movie = {entity: key for key, entity in entities(read_catalogue(graph), "Movie").items()}
    return {
        (kind, movie[source], movie[target]): weight
        for kind, weights in (
            ("WATCHED_NEXT", watched_next(histories, config)),
            ("SIMILAR", similar(histories, config)),
        )
        for source, targets, values in weights.by_source()
        for target, weight in zip(targets, values, strict=True)
    }


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
    after_heat = {m: w for (kind, j, m), w in found.items() if (kind, j) == ("WATCHED_NEXT", HEAT)}
    assert after_heat == {RONIN: 1 / 4, ALONE: 1 / 4, CASINO: 0.5 / 4}
    # Big: users 1 and 3; Bug and Heat came next once each, and Alone last for both
    assert found["WATCHED_NEXT", BIG, ALONE] == pytest.approx(2 * 0.5 / 3)
    assert ("WATCHED_NEXT", ALONE, BUG) not in found
    # Ronin and Casino: users 2 and 3 both; Alone: users 1 and 3
    assert found["SIMILAR", RONIN, CASINO] == pytest.approx(2 / 3)
    assert found["SIMILAR", ALONE, HEAT] == pytest.approx(2 / (6**0.5 + 1))
    assert (summary.dataset, summary.unchanged) == ("films", False)
    kinds = [kind for kind, _, _ in found]
    assert summary.watched_next == kinds.count("WATCHED_NEXT") > 0
    assert summary.similar == kinds.count("SIMILAR") > 0


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
    assert (summary.watched_next, summary.similar, summary.unchanged) == (0, 0, False)
    assert content(graph) == {}
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
    assert find_enrichment(films) is None
    histories = read_histories(films)
    enrich(films, histories, CONFIG)
    assert content(films) == expected(films, histories, CONFIG)


def test_what_is_not_there_cannot_be_removed(films):
    with pytest.raises(NotFoundError, match="films has no derived relationships"):
        remove_enrichment(films)
    summary = enrich(films, read_histories(films), CONFIG)
    assert remove_enrichment(films) == summary.watched_next + summary.similar
    assert content(films) == {}
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
    assert {movie for _, j, m in before for movie in (j, m)} <= rated


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
    assert content(films) == {}


def test_changed_weights_are_written_again(films):
    histories = read_histories(films)
    enrich(films, histories, CONFIG)
    films.write(query("MATCH ()-[r:SIMILAR]->() WITH r LIMIT 1 DELETE r"))
    assert not enrich(films, histories, CONFIG).unchanged
    assert content(films) == expected(films, histories, CONFIG)


def test_two_at_once_leave_the_weights_of_the_later(films, monkeypatch):
    histories, real = read_histories(films), films.write
    other = CONFIG.changed({"similar": "cosine"})

    def overtaken(query, **parameters):
        if query.name == "derive/watched_next":
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
    assert content(films) == {}
    assert find_enrichment(films) is None
    assert not enrich(films, read_histories(films), CONFIG).unchanged


def test_data_that_is_replaced_meanwhile_gets_no_foreign_weights(films, tmp_path, monkeypatch):
    histories, given = read_histories(films), tables("fewer")

    def slow(*arguments):
        other = replace(given, genres=given.genres.iloc[1:])
        load_kg(films, other, replace=True, quarantine=tmp_path)
        return watched_next(*arguments)

    monkeypatch.setattr(module, "watched_next", slow)
    with pytest.raises(GraphContentError, match="another process wrote"):
        enrich(films, histories, CONFIG)
    assert content(films) == {}


def test_an_interrupted_replacement_leaves_nothing_that_counts(films, tmp_path, monkeypatch):
    histories, given = read_histories(films), tables("fewer")
    enrich(films, histories, CONFIG)
    with monkeypatch.context() as patch, pytest.raises(DatabaseError, match="went away"):
        interrupted(patch, 1)
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
