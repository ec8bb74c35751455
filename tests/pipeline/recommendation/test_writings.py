"""Writing lists in many transactions: readers see the old ones until all of the new are there."""

import pytest

from pipeline.errors import DatabaseError, PipelineError
from pipeline.evaluation.evaluate import evaluate
from pipeline.explanation.browsing import filled_query
from pipeline.explanation.explain import explain
from pipeline.recommendation import write_back
from pipeline.recommendation.recommend import recommend
from pipeline.runs.stored import find_run
from tests.support.film_graph import BUG, CASINO, HEAT, RONIN, query, save_network

RUN = "rkan-films-1"
LIKES = {1: {CASINO: 5, BUG: 7, RONIN: 3}, 2: {HEAT: 2}, 3: {}, 4: {BUG: 1}}
ALL = query("MATCH ()-[r:RECOMMENDED|BECAUSE]->() RETURN count(r) AS number")
LEFT = query(
    "MATCH ()-[r:RECOMMENDED|BECAUSE]->(), (run:Run) WHERE r.writing <> run.writing "
    "RETURN count(r) AS number"
)
AS_BEFORE_WRITINGS = "MATCH ()-[r:RECOMMENDED|BECAUSE]->() REMOVE r.writing"
OTHERS = """
SHOW TRANSACTIONS YIELD transactionId AS id, currentQuery AS text
WHERE NOT text STARTS WITH 'SHOW' RETURN id
"""


@pytest.fixture
def written(graph, films, place, monkeypatch):
    """The lists of a run, two films each; from now on a transaction writes two rows."""
    save_network(graph, place, likes=LIKES)
    recommend(graph, place, top_k=2)
    monkeypatch.setattr(write_back, "_ROWS", 2)
    return answers(graph)


def answers(graph):
    """What readers see: those that send the number of the writing, and those that look it up."""
    shown = filled_query("reasons", userId=1, runId=RUN)
    figures = evaluate(graph).rows
    return explain(graph, 1), graph.read(query(shown)), figures


def number(graph, counting):
    return graph.read(counting)[0]["number"]


def interrupted(monkeypatch, *, by):
    """From now on, something happens after two transactions with recommendations."""
    bounded = write_back._bounded

    def stopping(rows):
        for count, part in enumerate(bounded(rows)):
            if count == 2:
                by()
            yield part

    monkeypatch.setattr(write_back, "_bounded", stopping)


def killed(monkeypatch):
    """Removes nothing, as if the process had ended."""

    def gone(*_):
        raise PipelineError

    monkeypatch.setattr(write_back, "remove_writing", gone)
    raise KeyboardInterrupt


def test_what_a_killed_writer_left_is_seen_by_nobody_and_removed_by_the_next(
    graph, place, written, monkeypatch
):
    before = number(graph, ALL)
    for users, replaced in ((None, 6), ([1], 2)):
        with monkeypatch.context() as changed:
            interrupted(changed, by=lambda changed=changed: killed(changed))
            with pytest.raises(KeyboardInterrupt):
                recommend(graph, place, top_k=3)
        assert number(graph, LEFT) > 0
        assert answers(graph) == written
        assert recommend(graph, place, users=users, top_k=2).replaced == replaced
        assert (number(graph, ALL), number(graph, LEFT)) == (before, 0)
        assert answers(graph) == written


def test_until_all_is_written_readers_see_the_old_lists_and_a_failure_leaves_them(
    graph, place, written, monkeypatch
):
    def fail():
        assert number(graph, LEFT) > 0
        assert answers(graph) == written
        raise KeyboardInterrupt

    before = number(graph, ALL)
    interrupted(monkeypatch, by=fail)
    with pytest.raises(KeyboardInterrupt):
        recommend(graph, place, top_k=3)
    assert (number(graph, ALL), number(graph, LEFT)) == (before, 0)
    assert answers(graph) == written


def test_a_writer_that_lost_its_lock_leaves_the_old_lists(graph, place, written, monkeypatch):
    """Another one may have removed what it wrote, so that its lists are not whole."""

    def lose():
        for row in graph.read(query(OTHERS)):
            graph.read(query("TERMINATE TRANSACTION $id YIELD message", "id"), id=row["id"])

    interrupted(monkeypatch, by=lose)
    with pytest.raises(DatabaseError):
        recommend(graph, place, top_k=3)
    assert answers(graph) == written


def test_a_run_of_an_earlier_version_is_read_and_replaced(graph, place, written):
    before = number(graph, ALL)
    for text in (AS_BEFORE_WRITINGS, "MATCH (run:Run) REMOVE run.writing"):
        graph.write(query(text))
    assert answers(graph) == written
    assert find_run(graph).writing == 0
    assert recommend(graph, place, top_k=1, users=[4]).replaced == 2
    assert explain(graph, 1) == written[0]
    assert recommend(graph, place, top_k=2).replaced == 5
    assert (number(graph, ALL), number(graph, LEFT)) == (before, 0)
    assert answers(graph) == written


def test_a_transaction_has_a_bounded_number_of_rows_and_of_paths(monkeypatch):
    monkeypatch.setattr(write_back, "_ROWS", 3)
    monkeypatch.setattr(write_back, "_PATHS", 10)
    rows = [{"paths": ["1>2"] * paths} for paths in (1, 1, 1, 9, 2, 20, 1)]
    found = [[len(row["paths"]) for row in part] for part in write_back._bounded(rows)]
    assert found == [[1, 1, 1], [9, 2], [20], [1]]
