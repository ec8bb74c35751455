"""Someone in very many movies joins nearly any two of them, and is on no path of 5 hops."""

import pytest

from pipeline.queries import load_query
from tests.support.film_graph import query

MOVIES = """
CREATE (user:Entity:User {entityId: 0}), (person:Entity:Person {entityId: 1})
WITH user, person
UNWIND range(2, $count + 1) AS id
CREATE (person)-[:ACTED_IN]->(movie:Entity:Movie {entityId: id})
WITH user, movie WHERE movie.entityId = 2
CREATE (user)-[:RATED {position: 0}]->(movie)
"""


@pytest.mark.parametrize(("count", "halves"), [(1_000, 999), (1_001, 0)])
def test_someone_in_more_than_a_thousand_movies_is_left_out(graph, count, halves):
    graph.write(query(MOVIES, "count"), count=count)
    asked = {"user": 0, "historyStart": 0, "historyEnd": 9, "movies": [3]}
    [found] = graph.read(load_query("paths/candidates_5"), users=[asked])
    assert len(found["firstMovies"]) == halves
    assert len(found["secondMovies"]) == halves
