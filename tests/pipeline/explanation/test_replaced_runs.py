"""Reading a run while someone replaces it: the old one or the new one, never parts of both."""

import threading
import time

import pytest

from pipeline.errors import DatabaseError, GraphContentError, LockedError, NotFoundError
from pipeline.evaluation.evaluate import evaluate
from pipeline.evaluation.explanations import evaluate_explanations
from pipeline.explanation import explain as module
from pipeline.explanation.explain import explain
from pipeline.explanation.guide import guide_page
from pipeline.graph import Graph
from pipeline.home import Home
from pipeline.queries import load_query
from pipeline.recommendation.recommend import recommend
from pipeline.recommendation.writings import remove_writing
from pipeline.runs import stored
from pipeline.runs.stored import find_run, read_whole
from tests.support.film_graph import BUG, CASINO, RONIN, UNSEEN, query, save_network

RUN = "rkan-films-1"
OLD, NEW = [BUG, CASINO, RONIN, UNSEEN], [UNSEEN, RONIN, CASINO, BUG]
USERS, MANY = range(1_001, 1_301), "many"
ADD_USERS = """
MATCH (e:Entity) WITH count(e) AS first, $users AS users UNWIND range(0, size(users) - 1) AS place
MATCH (m:Movie {movieId: 1})
CREATE (:User:Entity {userId: users[place], entityId: first + place, name: 'user'})
  -[:RATED {rating: 4.0, timestamp: 0, position: 0}]->(m)
"""
# In each turn the lists are in another order; score and weights say the turn.
ADD_MANY = """
MATCH (u:User), (m:Movie) WHERE u.userId > 1000
CREATE (u)-[:RECOMMENDED {
  runId: 'many', writing: $turn, rank: CASE $turn % 2 WHEN 0 THEN m.movieId ELSE 11 - m.movieId END,
  score: toFloat($turn), explanation: [], paths: [u.entityId + '>' + m.entityId],
  pathWeights: [toFloat($turn)]
}]->(m)
"""


@pytest.fixture
def both(graph, films, place, tmp_path):
    """Two homes with the same run, which ranks the other way round; the first was written."""
    homes = (place, Home(tmp_path / "other"))
    for home, order in zip(homes, (OLD, NEW), strict=True):
        likes = {1: {movie: 9 - rank for rank, movie in enumerate(order)}}
        save_network(graph, home, likes=likes)
    recommend(graph, homes[0])
    return homes


@pytest.fixture
def without_lock(monkeypatch):
    """As for a user who may only read."""

    holding = Graph.holding

    def refused(self, query, **options):
        if query.name == "write/lock_run":
            raise DatabaseError("Write operations are not allowed")
        return holding(self, query, **options)

    monkeypatch.setattr(Graph, "holding", refused)


def replacing(monkeypatch, graph, homes):
    """From now on, the run is replaced before the steps are read, once for each home."""
    read, waiting = module._steps, list(homes)

    def late(*arguments):
        if waiting:
            recommend(graph, waiting.pop(0))
        return read(*arguments)

    monkeypatch.setattr(module, "_steps", late)


def movies(explanations):
    for each in explanations:
        assert all(path.steps[-1].key == each.movie_id for path in each.paths)
    return [each.movie_id for each in explanations]


def test_without_the_right_to_write_a_replaced_run_is_read_again(
    graph, both, monkeypatch, without_lock
):
    assert movies(explain(graph, 1)) == OLD
    replacing(monkeypatch, graph, [both[1]])
    assert movies(explain(graph, 1)) == NEW
    replacing(monkeypatch, graph, [both[0], both[1]])
    assert movies(explain(graph, 1)) == NEW


def test_without_the_right_to_write_a_run_that_is_always_replaced_is_an_error(
    graph, both, monkeypatch, without_lock
):
    replacing(monkeypatch, graph, both * 2)
    with pytest.raises(GraphContentError, match=f"run {RUN} was replaced 3 times .*; wait until"):
        explain(graph, 1)


def test_a_writer_waits_until_the_run_is_read(graph, both, monkeypatch):
    written, read = threading.Event(), module._steps

    def write():
        recommend(graph, both[1])
        written.set()

    writer = threading.Thread(target=write)

    def late(*arguments):
        writer.start()
        assert not written.wait(1)
        return read(*arguments)

    monkeypatch.setattr(module, "_steps", late)
    assert movies(explain(graph, 1)) == OLD
    writer.join()
    monkeypatch.undo()
    assert movies(explain(graph, 1)) == NEW


def test_a_run_that_is_being_written_all_the_time_is_an_error(graph, both, monkeypatch):
    monkeypatch.setattr(stored, "_WAIT", 1.0)
    with (
        graph.holding(load_query("write/lock_run"), timeout=0, runId=RUN),
        pytest.raises(LockedError, match=f"run {RUN} is being written; run this command again"),
    ):
        explain(graph, 1)


def test_an_incomplete_path_is_an_error_with_the_command(graph, both):
    graph.write(query("MATCH ()-[r:RECOMMENDED]->() SET r.pathWeights = r.pathWeights + 0.5"))
    with pytest.raises(GraphContentError, match=f"user 1 to A Bug.*--run-id {RUN} --users 1"):
        explain(graph, 1)


@pytest.fixture
def rewriting(graph, films, _connection):
    """A large run that a thread replaces again and again; returns the number of times."""
    graph.write(load_query("schema/recommended_run_index"))
    graph.write(query(ADD_USERS, "users"), users=list(USERS))
    turns: list[int] = []
    ended = threading.Event()

    def write(other):
        turn = len(turns)
        other.write(query(ADD_MANY, "turn"), turn=turn)
        other.write(
            load_query("write/run"),
            runId=MANY,
            writing=turn,
            properties={"model": "RKAN", "dataset": "films", "dataHash": "", "seed": 1},
            startedAt="2020-01-01T00:00:00Z",
        )
        remove_writing(other, MANY, turn - 1)
        turns.append(1)

    def loop():
        with Graph.open(_connection) as other:
            while not ended.is_set():
                write(other)

    write(graph)
    thread = threading.Thread(target=loop)
    thread.start()
    yield turns
    ended.set()
    thread.join()


def test_many_reads_beside_many_writes_are_of_one_writing_each(graph, rewriting):
    seen: set[float] = set()
    count = 0
    until = time.monotonic() + 60
    while (len(seen) < 4 or count < 60) and time.monotonic() < until:
        found = explain(graph, USERS[count % len(USERS)], run_id=MANY)
        scores = {each.score for each in found} | {p.weight for each in found for p in each.paths}
        (turn,) = scores
        ids = list(range(1, 11))
        assert movies(found) == (ids if turn % 2 == 0 else ids[::-1])
        assert [each.rank for each in found] == ids
        seen.add(turn)
        count += 1
    assert len(seen) >= 4 and count >= 60


def test_what_is_measured_beside_many_writes_is_of_one_writing(graph, rewriting, tmp_path):
    for _ in range(2):
        found = evaluate_explanations(graph, Home(tmp_path), run_id=MANY)
        assert (found.users, found.recommendations) == (len(USERS), 10 * len(USERS))


def test_metrics_of_a_run_that_was_replaced_meanwhile_are_not_stored(graph, both, monkeypatch):
    def late(*_):
        recommend(graph, both[1])
        return []

    monkeypatch.setattr("pipeline.evaluation.evaluate._warnings", late)
    with pytest.raises(GraphContentError, match=f"no metrics were stored.*--run-id {RUN}"):
        evaluate(graph)
    monkeypatch.undo()
    (row,) = graph.read(query("MATCH (run:Run) RETURN run.evaluatedAt AS time"))
    assert row["time"] is None
    evaluate(graph)
    (row,) = graph.read(query("MATCH (run:Run) RETURN run.evaluatedAt AS time"))
    assert row["time"] is not None


def test_a_guide_to_a_run_without_recommendations_is_an_error(graph, both):
    graph.write(query("MATCH ()-[r:RECOMMENDED]->() DELETE r"))
    with pytest.raises(NotFoundError, match=f"run {RUN} has no recommendations left"):
        guide_page(graph)


def test_the_newest_run_is_read_by_default(graph, both):
    assert read_whole(graph, None, lambda run: run) == find_run(graph, RUN)
    with pytest.raises(NotFoundError, match="no run 'x'"):
        read_whole(graph, "x", lambda run: run)
