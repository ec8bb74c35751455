"""Derived relationships that a block replaces come back at its end, in a real Neo4j."""

import pytest

from pipeline.content.histories import read_histories
from pipeline.enrichment import enrich as module
from pipeline.enrichment.enrich import enrich, remove_enrichment, restored
from pipeline.enrichment.stored import find_enrichment
from pipeline.errors import DatabaseError
from tests.support.derived_films import CONFIG, content, expected, interrupted
from tests.support.film_graph import query


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
