"""Films like a film, from relationships written by hand."""

import pytest

from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.enrich import enrich_all
from pipeline.errors import ConfigError, GraphContentError, NotFoundError
from pipeline.explanation.similar import SharedPerson, similar_films
from tests.support.film_graph import ALONE, BIG, BUG, CASINO, HEAT, NEVER, RONIN, TOY, query

CONFIG = EnrichConfig(similar="cosine", cosine_shrinkage=1.0, steps=7)
# Toy Story is most like Big, then like A Bug's Life; Heat and Alone came after it.
REPLACE = """
MATCH (:Movie)-[old:SIMILAR|WATCHED_NEXT]->(:Movie) DELETE old
WITH count(*) AS deleted
UNWIND $rows AS row
MATCH (a:Movie {movieId: row.source}), (b:Movie {movieId: row.target})
CALL (a, b, row) {
  WITH a, b, row WHERE row.type = 'SIMILAR'
  CREATE (a)-[r:SIMILAR]->(b) SET r = row.is
  UNION ALL
  WITH a, b, row WHERE row.type = 'WATCHED_NEXT'
  CREATE (a)-[r:WATCHED_NEXT]->(b) SET r = row.is
}
"""
TIES = [
    ("SIMILAR", TOY, BUG, {"weight": 0.3, "people": 2}),
    ("SIMILAR", TOY, BIG, {"weight": 0.5, "people": 1}),
    ("SIMILAR", TOY, CASINO, {"earlyWeight": 9.0}),
    ("SIMILAR", RONIN, TOY, {"weight": 9.0, "people": 3}),
    ("WATCHED_NEXT", TOY, BIG, {"weight": 0.1, "people": 1, "earlyWeight": 3.0}),
    ("WATCHED_NEXT", TOY, ALONE, {"weight": 0.2, "people": 3}),
    ("WATCHED_NEXT", TOY, HEAT, {"weight": 0.4, "people": 2}),
]


@pytest.fixture
def enriched(graph, films):
    enrich_all(graph, CONFIG)
    rows = [{"type": t, "source": a, "target": b, "is": each} for t, a, b, each in TIES]
    graph.write(query(REPLACE, "rows"), rows=rows)
    return graph


def found(graph, film=TOY, **options):
    return [each.movie_id for each in similar_films(graph, str(film), **options).films]


def test_films_come_by_the_weight_of_similar_then_of_watched_next(enriched):
    assert found(enriched) == [BIG, BUG, HEAT, ALONE]
    assert found(enriched, limit=2) == [BIG, BUG]


def test_early_weights_and_the_other_direction_do_not_count(enriched):
    assert CASINO not in found(enriched)
    assert found(enriched, RONIN) == [TOY]
    assert found(enriched, NEVER) == []


def test_a_film_has_its_numbers_of_people(enriched):
    report = similar_films(enriched, "toy story")
    assert (report.movie_id, report.movie) == (TOY, "Toy Story (1995)")
    assert (report.watchers, report.steps) == (3, 7)
    big, bug, heat, _ = report.films
    assert (big.movie, big.similar, big.too) == ("Big (1988)", 0.5, 1)
    assert (big.watched_next, big.soon) == (0.1, 1)
    assert (bug.too, bug.watched_next, bug.soon) == (2, None, None)
    assert (heat.similar, heat.too, heat.soon) == (None, None, 2)


def test_people_of_both_films_are_named_with_their_parts(enriched):
    big, bug, heat, _ = similar_films(enriched, str(TOY)).films
    assert big.people == [SharedPerson("nm2", "Tom Hanks", ["ACTED_IN"], ["ACTED_IN"])]
    assert bug.people == [SharedPerson("nm1", "John Lasseter", ["DIRECTED"], ["DIRECTED", "WROTE"])]
    assert heat.people == []


def test_directors_come_first_and_people_without_a_name_last(enriched):
    enriched.write(
        query(
            "MATCH (a:Movie {movieId: 1}), (b:Movie {movieId: 3}) "
            "CREATE (w:Person {personId: 'nm8', name: 'Zoe'}), (u:Person {personId: 'nm9'}) "
            "CREATE (w)-[:DIRECTED]->(a), (w)-[:ACTED_IN]->(b), "
            "(u)-[:DIRECTED]->(a), (u)-[:DIRECTED]->(b)"
        )
    )
    people = similar_films(enriched, str(TOY)).films[0].people
    assert [each.name for each in people] == ["Zoe", "Tom Hanks", "person nm9"]


def test_what_enrich_writes_is_counted_right(graph, films):
    """Toy Story and A Bug's Life: users 2 and 3; user 1's rating of the latter is held out."""
    enrich_all(graph, CONFIG)
    report = similar_films(graph, str(TOY))
    assert report.watchers == 3
    assert {each.movie_id: each.too for each in report.films}[BUG] == 2


def test_a_graph_without_derived_relationships_is_told_the_command(graph, films):
    with pytest.raises(GraphContentError, match="run: pipeline enrich"):
        similar_films(graph, str(TOY))


def test_wrong_use_is_named(enriched):
    with pytest.raises(NotFoundError, match=r"no movie 'Toy Stori'; the nearest titles: Toy Story"):
        similar_films(enriched, "Toy Stori")
    with pytest.raises(ConfigError, match="limit = 0"):
        similar_films(enriched, str(TOY), limit=0)


def test_an_empty_graph_is_told_the_command(graph):
    with pytest.raises(GraphContentError, match="run: pipeline load-kg"):
        similar_films(graph, str(TOY))
