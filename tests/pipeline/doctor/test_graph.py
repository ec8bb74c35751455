"""What the doctor finds in a graph, after something was done to it."""

import pytest

from pipeline.content.histories import read_histories
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.enrich import enrich
from pipeline.recommendation.recommend import recommend
from tests.support.film_graph import BUG, CASINO, RONIN, query, save_network

RUN = "rkan-films-1"
COUNT = query("MATCH ()-[r:RECOMMENDED|BECAUSE]->() RETURN count(r) AS number")


@pytest.fixture
def change(graph, films):
    """Does something to the graph of films."""

    def change(text):
        graph.write(query(text))

    return change


@pytest.fixture
def recommended(graph, films, place):
    save_network(graph, place, likes={1: {CASINO: 5, BUG: 7, RONIN: 3}})
    return recommend(graph, place, top_k=2)


def only(found):
    """The one finding, of all subjects."""
    [[finding]] = found.values()
    return finding


def test_a_whole_graph_has_nothing_to_repair(findings, recommended):
    assert findings() == {}
    found = findings(everything=True)
    assert list(found) == [
        *("server", "Neo4j", "data set", "nodes", "relationships", "derived"),
        *("constraints", "indexes", "names", "runs", "orphans", "paths", "checkpoints"),
        "leftovers",
    ]
    assert found["nodes"][0].value == "4 User, 10 Movie, 4 Person, 2 Genre"
    assert found["relationships"][0].value.startswith("17 RATED, 4 HELD_OUT, 6 IN_GENRE")
    assert "all there" in found["paths"][0].value


def test_an_empty_graph_is_told_from_one_that_others_filled(findings, graph):
    assert only(findings()).fix == "pipeline load-kg --dataset ml-100k"
    graph.write(query("CREATE (:Movie {movieId: 1, name: 'Mine'})"))
    finding = only(findings())
    assert finding.value == "no data set, but 1 Movie"
    assert "DELETES" in finding.fix


def test_an_interrupted_load_is_named_with_its_command(findings, change):
    change("MATCH (d:Dataset) SET d.status = 'loading'")
    finding = only(findings())
    assert (finding.state, finding.subject) == ("problem", "data set")
    assert "run the same pipeline load-kg command again" in finding.fix


@pytest.mark.parametrize(
    ("text", "subject", "value"),
    [
        ("MATCH (u:User {userId: 4}) DETACH DELETE u", "nodes", "3 User instead of 4"),
        ("MATCH (p:Person {personId: 'nm1'}) DETACH DELETE p", "nodes", "19 Entity instead of 20"),
        ("MATCH (p:Person {personId: 'nm1'}) REMOVE p:Person", "nodes", "have another label"),
        (
            "MATCH (:User {userId: 4})-[r:RATED]->() DELETE r",
            "relationships",
            "16 RATED instead of 17",
        ),
        (
            "MATCH (u:User {userId: 4}), (m:Movie {movieId: 1}) CREATE (u)-[:HELD_OUT]->(m)",
            "relationships",
            "5 HELD_OUT instead of 4",
        ),
    ],
)
def test_what_a_load_wrote_and_is_gone_is_counted(findings, change, text, subject, value):
    change(text)
    finding = findings()[subject][0]
    assert finding.state == "problem"
    assert value in finding.value
    assert "--replace" in finding.fix


def test_ratings_that_were_added_are_no_problem(findings, change):
    change(
        "MATCH (u:User {userId: 4}), (m:Movie {movieId: 1}) CREATE (u)-[:RATED {position: 1}]->(m)"
    )
    assert findings() == {}
    assert "1 RATED added since" in findings(everything=True)["relationships"][0].value


def test_a_load_that_kept_no_numbers_is_said_to_be_earlier(findings, change):
    change(
        "MATCH (d:Dataset) REMOVE d.numRated, d.numHeldOut, d.numInGenre, d.numDirected "
        "REMOVE d.numActedIn, d.numWrote"
    )
    assert findings() == {}
    assert "earlier version" in findings(everything=True)["relationships"][0].value


def test_a_node_without_a_name_is_a_warning(findings, change):
    change("MATCH (m:Movie {movieId: 1}) REMOVE m.name")
    assert only(findings()).subject == "names"


def test_derived_relationships_are_whole_or_old_or_neither(findings, graph, change):
    enrich(graph, read_histories(graph), EnrichConfig(neighbours=3, ease_l2=2.0))
    assert findings() == {}
    change(
        "MATCH (u:User {userId: 4}), (m:Movie {movieId: 1}) "
        "CREATE (u)-[:RATED {position: 1, rating: 5.0}]->(m)"
    )
    old = only(findings())
    assert (old.state, old.subject) == ("warning", "derived")
    assert "other ratings than the present ones" in old.value
    change("MATCH ()-[r:SIMILAR]->() WITH r LIMIT 1 DELETE r")
    lost = only(findings())
    assert (lost.state, lost.fix) == ("problem", "pipeline enrich")
    change("MATCH (d:Dataset) REMOVE d.enrichmentFingerprint")
    assert "written in part" in only(findings()).value


def test_a_missing_constraint_and_index_are_made_again(findings, graph, recommended):
    graph.write(query("DROP CONSTRAINT movie_movieId"))
    graph.write(query("DROP INDEX recommended_run"))
    found = findings()
    assert found["constraints"][0].state == "problem"
    assert "movieId of Movie" in found["constraints"][0].value
    assert found["indexes"][0].state == "warning"
    repaired = findings(repair=True, everything=True)
    assert repaired["constraints"][0].repaired
    assert repaired["indexes"][0].value.startswith("created recommended_run")
    assert findings() == {}


def test_a_constraint_that_the_content_breaks_stays_a_problem(findings, graph, films):
    graph.write(query("DROP CONSTRAINT movie_movieId"))
    graph.write(query("CREATE (:Movie {movieId: 1, name: 'Twice'})"))
    [finding] = findings(repair=True)["constraints"]
    assert finding.state == "problem"
    assert "the repair failed" in finding.value


def test_a_missing_vector_index_is_made_again(findings, graph, recommended):
    graph.write(query("DROP INDEX user_embedding"))
    assert only(findings()).value == "the vector index user_embedding is missing"
    assert findings(repair=True) == findings() == {}


def test_embeddings_of_two_sizes_are_a_problem(findings, change, recommended):
    change("MATCH (u:User {userId: 1}) SET u.embedding = [1.0, 2.0]")
    assert "2 and 12 dimensions" in only(findings()).value


def test_a_run_that_lost_its_recommendations_is_named(findings, change, recommended):
    change("MATCH (:User {userId: 1})-[r:RECOMMENDED]->() DELETE r")
    finding = only(findings())
    assert finding.value == f"{RUN} has recommendations of 2 users instead of 3"
    assert finding.fix == f"pipeline recommend --run-id {RUN}"


def test_recommendations_without_their_run_are_deleted_and_no_others(
    findings, graph, change, recommended, place
):
    save_network(graph, place, run_id="rkan-films-2")
    recommend(graph, place, run_id="rkan-films-2", top_k=2)
    change(
        "MATCH (:User {userId: 1}), (m:Movie) WITH m LIMIT 1 CREATE (m)-[:BECAUSE {mine: 1}]->(m)"
    )
    before = graph.read(COUNT)[0]["number"]
    change("MATCH (run:Run {runId: 'rkan-films-2'}) DELETE run")
    finding = only(findings())
    assert "RECOMMENDED of rkan-films-2" in finding.value
    assert "rkan-films-1" not in finding.value
    done = findings(repair=True, everything=True)["orphans"][0]
    assert done.repaired
    gone = int(done.value.split()[1])
    assert graph.read(COUNT)[0]["number"] == before - gone > 0
    assert findings() == {}


def test_what_a_killed_recommend_left_is_deleted_and_the_run_is_not(
    findings, graph, change, recommended
):
    before = graph.read(COUNT)
    for kind in ("RECOMMENDED", "BECAUSE"):
        change(f"MATCH (a)-[r:{kind}]->(b) CREATE (a)-[c:{kind}]->(b) SET c = r, c.writing = 7")
    assert f"RECOMMENDED of {RUN}, which no Run node names" in only(findings()).value
    assert findings(repair=True, everything=True)["orphans"][0].repaired
    assert graph.read(COUNT) == before
    assert findings() == {}


def test_paths_that_lost_an_entity_or_a_relationship_are_counted(findings, change, recommended):
    change("MATCH ()-[r:RATED]->(:Movie {movieId: 4}) DELETE r")
    [finding] = findings()["paths"]
    assert (finding.state, "take relationships that are gone" in finding.value) == ("warning", True)
    assert f"pipeline recommend --run-id {RUN}" in finding.fix
    change("MATCH (m:Movie {movieId: 4}) DETACH DELETE m")
    assert "lead through nodes that are gone" in findings()["paths"][0].value
