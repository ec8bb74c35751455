"""Derived relationships in a real Neo4j: repetition, replacement, interruption, removal."""

from dataclasses import replace

import pytest

from pipeline.content.catalogue import read_catalogue
from pipeline.content.histories import read_histories
from pipeline.enrichment import enrich as module
from pipeline.enrichment.derived import derive
from pipeline.enrichment.enrich import enrich, enrich_all, remove_enrichment
from pipeline.enrichment.stored import find_enrichment
from pipeline.errors import ConfigError, DatabaseError, GraphContentError, NotFoundError
from pipeline.load.kg import load_kg
from tests.support.derived_films import CONFIG, TYPES, content, count, expected, interrupted
from tests.support.film_graph import POISON, RATED, entities, query, tables
from tests.support.narrowing import present


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
