"""Loading into a real Neo4j: exact content, repetition, interruption, replacement, refusal."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.content.dataset import read_dataset
from pipeline.content.histories import read_histories
from pipeline.errors import DatabaseError, GraphContentError
from pipeline.graph import Graph
from pipeline.load import writes as kg_writes
from pipeline.load.kg import load_kg
from pipeline.load.transform import graph_tables
from pipeline.queries import Query
from pipeline.sources.csv_folder import read_csv_folder
from tests.support.small_source import NODES, RELATIONSHIPS, small_tables

REAL = Path(__file__).parents[3] / "../shared/data"


@pytest.fixture
def tables(tmp_path):
    return small_tables(tmp_path)


@pytest.fixture
def load(graph, tables, tmp_path):
    def run(given=None, **options):
        return load_kg(graph, given or tables, quarantine=tmp_path / "quarantine", **options)

    return run


def query(text):
    return Query("test", text, "", frozenset())


def rows(graph, text):
    return [list(row) for row in graph.stream(query(text))]


def fingerprint(graph):
    """All nodes and relationships with all their properties, whatever their elementIds."""
    nodes = rows(
        graph, "MATCH (n) RETURN labels(n), properties(n) AS p ORDER BY toString(p.entityId)"
    )
    ties = rows(
        graph,
        "MATCH (a)-[r]->(b) RETURN a.entityId AS a, type(r) AS t, properties(r), b.entityId AS b "
        "ORDER BY a, t, b",
    )
    return nodes, ties


def test_the_small_graph_as_counted_by_hand(graph, load):
    summary = load()
    assert summary.nodes == NODES
    assert summary.relationships == RELATIONSHIPS
    assert (summary.users, summary.movies) == (3, 6)
    assert (summary.train_ratings, summary.test_ratings) == (10, 2)
    assert summary.movies_without_attributes == 1
    assert (summary.rows_read, summary.rows_loaded, summary.rows_refused) == (20, 18, 2)
    assert not summary.unchanged
    assert rows(graph, "MATCH (n) RETURN count(n)") == [[17]]  # with the Dataset node
    assert rows(graph, "MATCH ()-[r]->() RETURN count(r)") == [[27]]


def test_every_entity_has_its_number(graph, load):
    load()
    found = rows(
        graph,
        "MATCH (e:Entity) RETURN e.entityId AS id, [l IN labels(e) WHERE l <> 'Entity'][0], "
        "coalesce(e.userId, e.movieId, e.personId, e.name) ORDER BY id",
    )
    keys = [1, 2, 7, 10, 20, 30, 40, 50, 60, "Jo", "Kim", "Lee", "Max", "Comedy", "Drama", "War"]
    labels = ["User"] * 3 + ["Movie"] * 6 + ["Person"] * 4 + ["Genre"] * 3
    assert found == [list(row) for row in zip(range(16), labels, keys, strict=True)]


def test_properties_are_those_of_the_source(graph, load):
    load()
    movies = "MATCH (m:Movie) RETURN m.movieId, m.title, m.year, m.imdbId ORDER BY m.movieId"
    assert rows(graph, movies)[0] == [10, "Alpha", 1990, "tt0000010"]
    assert rows(graph, movies)[3:5] == [[40, "Delta", 1993, None], [50, "Epsilon", None, None]]
    cast = (
        "MATCH (p:Person)-[r:ACTED_IN]->(m:Movie) "
        "RETURN m.movieId, r.order, p.name ORDER BY m.movieId, r.order"
    )
    assert rows(graph, cast) == [
        [10, 1, "Jo"],
        [10, 2, "Kim"],
        [20, 1, "Kim"],
        [20, 2, "Max"],
        [40, 1, "Max"],
    ]
    wrote = (
        "MATCH (p:Person)-[r:WROTE|DIRECTED]->(m:Movie) "
        "RETURN p.name AS name, type(r) AS type, m.movieId AS movie ORDER BY type, name, movie"
    )
    assert rows(graph, wrote) == [
        ["Jo", "DIRECTED", 10],
        ["Lee", "DIRECTED", 20],
        ["Lee", "DIRECTED", 30],
        ["Jo", "WROTE", 10],
    ]


def test_histories_are_split_in_order_of_time(graph, load):
    load()
    history = (
        "MATCH (u:User {userId: 1})-[r:RATED|HELD_OUT]->(m:Movie) "
        "RETURN r.position, m.movieId, r.rating, r.timestamp, type(r) ORDER BY r.position"
    )
    assert rows(graph, history) == [
        [0, 10, 1.0, 6, "RATED"],
        [1, 30, 3.0, 7, "RATED"],
        [2, 20, 2.0, 7, "RATED"],
        [3, 40, 4.5, 8, "RATED"],
        [4, 50, 5.0, 9, "HELD_OUT"],
    ]
    both = "MATCH (u:User)-[:RATED]->(m)<-[:HELD_OUT]-(u) RETURN count(*)"
    assert rows(graph, both) == [[0]]


def test_a_split_at_one_time_and_its_ties_are_recorded(graph, load):
    """All of user 7's ratings come first, then user 1's, then user 2's: the last three of 12."""
    summary = load(test_fraction=0.25, split="global-time", tie_seed=3)
    assert (summary.split, summary.tie_seed) == ("global-time", 3)
    held_out = "MATCH (u:User)-[r:HELD_OUT]->() RETURN u.userId, r.timestamp ORDER BY r.timestamp"
    assert rows(graph, held_out) == [[2, 102], [2, 103], [2, 104]]
    dataset = read_dataset(graph)
    assert (dataset.split, dataset.tie_seed) == ("global-time", 3)
    assert "split global-time, tie seed 3" in str(dataset)
    assert load(test_fraction=0.25, split="global-time", tie_seed=3).unchanged
    with pytest.raises(GraphContentError, match=r"split global-time, tie seed 3.*--replace"):
        load(test_fraction=0.25)
    load(test_fraction=0.25, replace=True)
    assert read_dataset(graph).tie_seed is None


def test_users_of_the_future_alone_have_nothing_to_learn_from(graph, load):
    load(test_fraction=0.9, split="global-time")  # one of 12 trains, and what is of its time
    training, held_out = read_histories(graph), read_histories(graph, held_out=True)
    assert training.sizes.tolist() == [0, 0, 2]
    assert held_out.sizes.tolist() == [5, 5, 0]


def test_a_graph_of_an_earlier_version_was_split_by_user(graph, load):
    load()
    graph.write(query("MATCH (d:Dataset) REMOVE d.split, d.tieSeed"))
    assert read_dataset(graph).split == "per-user-time"
    assert load().unchanged


def test_ratings_without_stars_have_no_rating_property(graph, load, tables):
    load(replace(tables, ratings=tables.ratings.assign(rating=float("nan"))))
    assert rows(graph, "MATCH ()-[r:RATED]->() WHERE r.rating IS NOT NULL RETURN count(r)") == [[0]]


def test_keys_are_unique_by_constraint(bare_graph, load):
    load()
    held = rows(bare_graph, "SHOW CONSTRAINTS YIELD labelsOrTypes, properties")
    assert sorted([labels[0], keys[0]] for labels, keys in held) == [
        ["Dataset", "name"],
        ["Entity", "entityId"],
        ["Genre", "name"],
        ["LoadLock", "name"],
        ["Movie", "movieId"],
        ["Person", "personId"],
        ["Run", "runId"],
        ["User", "userId"],
    ]


def test_refused_rows_are_kept_in_a_file(load, tmp_path):
    summary = load()
    with Path(summary.quarantine).open(newline="") as stream:
        kept = list(csv.DictReader(stream))
    assert [(Path(row["file"]).name, row["line"], row["reason"], row["text"]) for row in kept] == [
        ("ratings.csv", "12", "movie 99 is not in the movies file", "1,99,3,10"),
        ("ratings.csv", "15", "user 7 rated movie 10 on an earlier line", "7,10,5,1"),
    ]


def test_loading_again_writes_nothing(graph, load, monkeypatch):
    first = load()
    before = fingerprint(graph)

    def refuse(*_, **__):
        raise AssertionError("a write")

    monkeypatch.setattr(Graph, "write", refuse)
    again = load()
    assert again.unchanged
    assert replace(again, unchanged=False, seconds=0) == replace(first, seconds=0)
    assert fingerprint(graph) == before


def test_replacing_by_the_same_changes_nothing(load):
    load()
    assert load(replace=True).unchanged


def interrupted(monkeypatch, after):
    """Let this many writes through, then fail; as a crash does, between two transactions."""
    real = Graph.write
    done: list[int] = []

    def write(self, *arguments, **parameters):
        if len(done) == after:
            raise DatabaseError("the server went away")
        done.append(1)
        return real(self, *arguments, **parameters)

    monkeypatch.setattr(Graph, "write", write)


@pytest.mark.parametrize("after", [1, 9, 12, 18, 19, 21])
def test_an_interrupted_load_goes_on_and_ends_the_same(graph, load, tables, monkeypatch, after):
    monkeypatch.setattr(kg_writes, "BATCH_SIZE", 4)  # ratings in batches of a user or two
    with monkeypatch.context() as patch, pytest.raises(DatabaseError, match="went away"):
        interrupted(patch, after)
        load()
    with pytest.raises(GraphContentError):
        read_dataset(graph)
    summary = load(replace(tables, name="the same under another name"))
    assert summary.nodes == NODES
    assert summary.relationships == RELATIONSHIPS
    content = graph_tables(tables, 0.2)
    assert read_dataset(graph).data_hash == content.data_hash
    rated = (
        "MATCH (u:User)-[r:RATED]->(m:Movie) "
        "RETURN u.userId AS user, m.movieId, r.position AS position ORDER BY user, position"
    )
    columns = ["userId", "movieId", "position"]
    assert rows(graph, rated) == content.relationships["RATED"][columns].to_numpy().tolist()
    assert rows(graph, "MATCH (d:Dataset) RETURN count(d)") == [[1]]


def test_another_data_set_is_refused_and_named(graph, load, tables):
    load()
    other = replace(tables, name="other", genres=tables.genres.iloc[1:])
    with pytest.raises(GraphContentError, match=r"holds small \(3 users.*, not other .*--replace"):
        load(other)
    with pytest.raises(GraphContentError, match=r"test fraction 0\.2.* not small .*fraction 0\.5"):
        load(test_fraction=0.5)
    assert load().unchanged


def test_a_half_loaded_data_set_is_refused_to_another(load, tables, monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(DatabaseError):
        interrupted(patch, 13)
        load()
    with pytest.raises(GraphContentError, match="holds part of small"):
        load(replace(tables, name="other", genres=tables.genres.iloc[1:]))


def test_replace_leaves_the_new_data_set_and_what_is_not_ours(graph, load, tables):
    load()
    graph.write(query("CREATE (:Invoice {number: 1})-[:OF]->(:Customer)"))
    graph.write(
        query(
            "MATCH (u:User {userId: 1}), (m:Movie {movieId: 60}) "
            "CREATE (u)-[:RECOMMENDED {runId: 'r'}]->(m), (:Run {runId: 'r'})"
        )
    )
    fewer = replace(tables, name="fewer", ratings=tables.ratings[tables.ratings["userId"] == 1])
    summary = load(fewer, replace=True)
    assert summary.dataset == "fewer"
    assert summary.nodes == {**NODES, "User": 1}
    assert read_dataset(graph).num_users == 1
    labels = "MATCH (n) UNWIND labels(n) AS l RETURN l, count(*) ORDER BY l"
    assert dict(rows(graph, labels)) == {
        **summary.nodes,
        "Entity": 14,
        "Dataset": 1,
        "Invoice": 1,
        "Customer": 1,
    }
    types = "MATCH ()-[r]->() RETURN type(r), count(*)"
    assert dict(rows(graph, types)) == {**summary.relationships, "OF": 1}


@pytest.mark.parametrize("after", [2, 4, 7])
def test_an_interrupted_replacement_is_finished_by_another(graph, load, tables, monkeypatch, after):
    monkeypatch.setattr(kg_writes, "_REMOVED_RELATIONSHIPS", 5)
    monkeypatch.setattr(kg_writes, "_REMOVED_NODES", 4)
    load()
    other = replace(tables, name="other", genres=tables.genres.iloc[1:])
    with monkeypatch.context() as patch, pytest.raises(DatabaseError, match="went away"):
        interrupted(patch, after)
        load(other, replace=True)
    with pytest.raises(GraphContentError, match="holds part of small"):
        load()  # what is left is no beginning to go on from
    assert load(other, replace=True).relationships["IN_GENRE"] == 5
    assert read_dataset(graph).name == "other"


def test_a_graph_of_others_is_refused_unless_it_may_be_removed(graph, load):
    graph.write(query("CREATE (:Movie {title: 'Heat'})<-[:ACTED_IN]-(:Person {name: 'Al Pacino'})"))
    with pytest.raises(GraphContentError, match=r"load-kg did not write \(1 Movie, 1 Person\)"):
        load()
    assert load(replace=True).nodes == NODES


def test_a_graph_that_was_changed_is_noticed_and_mended_by_replace(graph, load):
    load()
    graph.write(query("MATCH (:User {userId: 2})-[r:RATED {position: 0}]->() DELETE r"))
    with pytest.raises(GraphContentError, match="9 RATED instead of 10: the graph was changed"):
        load()
    assert load(replace=True).relationships == RELATIONSHIPS


@pytest.mark.parametrize(
    "change",
    {
        "a load that was interrupted, and a stray movie": "SET d.status = 'loading' "
        "CREATE (:Movie {title: 'stray'})",
        "an entity of someone else": "SET d.status = 'loading' CREATE (:Entity {entityId: 16})",
        "the number of one of ours": "SET d.status = 'loading' WITH d "
        "MATCH (u:User {userId: 1}) REMOVE u:User",
        "another person's name": "SET d.status = 'loading' WITH d MATCH (p:Person {name: 'Jo'}) "
        "SET p.personId = 'someone'",
        "a second data set": "CREATE (:Dataset {name: 'a', status: 'complete', dataHash: 'x'})",
        "a second data set, which is last": "CREATE (:Dataset {name: 'z', dataHash: 'x'})",
        "two of the same": "CREATE (:Dataset {name: 'z', dataHash: d.dataHash, status: d.status})",
        "a data set of someone else": "SET d = {name: 'weather'}",
        "a data set without a name": "REMOVE d.name",
        "no data set": "DELETE d",
        "ratings that were removed": "WITH d MATCH ()-[r:RATED]->() DELETE r",
    }.items(),
    ids=lambda change: change[0],
)
def test_replace_mends_whatever_was_changed(graph, load, change):
    load()
    graph.write(query(f"MATCH (d:Dataset) {change[1]}"))
    with pytest.raises(GraphContentError, match="--replace") as caught:
        load()
    assert "\n" not in str(caught.value)
    summary = load(replace=True)
    assert (summary.nodes, summary.relationships) == (NODES, RELATIONSHIPS)
    assert rows(graph, "MATCH (n) RETURN count(n)") == [[17]]
    assert load().unchanged


def test_two_data_sets_at_once_are_named(graph, load):
    load()
    graph.write(query("CREATE (:Dataset {name: 'z', status: 'complete'})"))
    with pytest.raises(GraphContentError, match=r"parts of 2 data sets \(small, z\).*--replace"):
        load()


def test_replacing_an_interrupted_load_begins_anew(graph, load):
    load()
    graph.write(query("MATCH (d:Dataset), (u:User) SET d.status = 'loading', u.own = 'mine'"))
    assert load(replace=True).nodes == NODES
    assert rows(graph, "MATCH (u:User) WHERE u.own IS NOT NULL RETURN u") == []


def test_relationships_of_others_are_not_counted_as_ours(graph, load):
    graph.write(query("CREATE (:Customer)-[:RATED]->(:Product)-[:IN_GENRE]->(:Shelf)"))
    assert load().relationships == RELATIONSHIPS
    assert load().unchanged


def test_a_graph_of_others_is_refused_without_a_trace(bare_graph, load):
    bare_graph.write(query("CREATE (:Movie {title: 'Heat'})"))
    with pytest.raises(GraphContentError, match="did not write"):
        load()
    assert rows(bare_graph, "SHOW CONSTRAINTS YIELD name") == []


def test_nodes_of_others_with_our_keys_are_named(bare_graph, load):
    load()
    for row in rows(bare_graph, "SHOW CONSTRAINTS YIELD name"):
        bare_graph.write(query(f"DROP CONSTRAINT {row[0]}"))
    bare_graph.write(query("MATCH (d:Dataset) SET d.status = 'loading' CREATE (:User {userId: 1})"))
    with pytest.raises(GraphContentError, match=r"small does not fit what .*use --replace"):
        load()
    assert load(replace=True).nodes == NODES


def test_ids_of_64_bits_survive(graph, load, tables):
    large = 2**63 - 1
    ratings = tables.ratings.assign(userId=tables.ratings["userId"].replace({1: large, 2: -5}))
    load(replace(tables, ratings=ratings))
    assert rows(graph, "MATCH (u:User) RETURN u.userId ORDER BY u.entityId") == [[-5], [7], [large]]


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_dir(), reason="../shared/data is not here")
def test_movielens_100k_loads_whole(graph, tmp_path):
    tables = read_csv_folder(REAL / "ml-100k")
    summary = load_kg(graph, tables, quarantine=tmp_path)
    assert summary.nodes == {"User": 943, "Movie": 1675, "Person": 4984, "Genre": 25}
    assert summary.relationships == {
        "RATED": 79_981,
        "HELD_OUT": 19_994,
        "IN_GENRE": 3_974,
        "DIRECTED": 1_800,
        "ACTED_IN": 6_536,
        "WROTE": 0,
    }
    assert (summary.rows_refused, summary.quarantine) == (0, None)
    assert summary.train_ratings + summary.test_ratings == len(tables.ratings)
    assert load_kg(graph, tables, quarantine=tmp_path).unchanged
