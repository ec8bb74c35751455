"""Evaluating a stored run: figures counted by hand, groups of users, honest warnings."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from model.arrays import PADDING
from pipeline.cli import cli
from pipeline.errors import GraphContentError, NotFoundError
from pipeline.evaluation.evaluate import evaluate
from pipeline.home import Home
from pipeline.ids import EntityIds
from pipeline.load.kg import load_kg
from pipeline.ranking.judging import judged
from pipeline.ranking.lists import TopLists
from pipeline.recommendation.recommend import recommend
from tests.support.film_graph import (
    ALONE,
    BIG,
    BUG,
    CASINO,
    HEAT,
    RONIN,
    load_films,
    query,
    save_network,
    tables,
)
from tests.support.small_histories import histories, user_rows

# User 1 is recommended Casino, A Bug's Life (held out), ...; user 2 Big (held out), ...
LIKES = {1: {CASINO: 9, BUG: 7}, 2: {BIG: 9, HEAT: 5}}


@pytest.fixture
def recommended(graph, tmp_path):
    load_films(graph, tmp_path / "quarantine")
    place = Home(tmp_path / "place")
    save_network(graph, place, likes=LIKES)
    recommend(graph, place)
    return place


def test_the_figures_are_those_counted_by_hand(graph, recommended):
    result = evaluate(graph)
    ours = next(row for row in result.rows if (row.method, row.group) == ("RKAN", "all users"))
    assert ours.users == result.users == 2
    assert ours.metrics["P@1"] == 0.5
    assert ours.metrics["P@10"] == pytest.approx(1 / 4)  # lists of 4 movies
    assert ours.metrics["mrr_sum@10"] == ours.metrics["mrr@10"] == 0.75
    assert ours.metrics["recall@10"] == 1
    assert ours.metrics["nDCG@10"] == pytest.approx((1 + 1 / np.log2(3)) / 2)


def test_most_popular_stands_beside_it(graph, recommended):
    popular = next(row for row in evaluate(graph).rows if row.method == "most popular")
    # Ratings in training: Toy Story and Heat 3; Bug, Big, Ronin, Casino, Alone 2; Unseen 1. So
    # user 1 gets Bug first, and user 2 gets Heat, then Big: equal counts by entityId.
    assert popular.metrics["mrr@10"] == pytest.approx((1 + 1 / 2) / 2)
    assert popular.metrics["recall@10"] == 1


def test_what_lists_are_like_besides_how_often_they_hit(graph, recommended):
    ours, cold, popular, _ = evaluate(graph).rows
    # Four users train. Both lists: four movies, of user 1 rated by 2, 2, 2, 1 and of user 2 by 3
    # (Heat), 2, 2, 1.
    assert ours.metrics["novelty@10"] == pytest.approx((5 / 4 + (np.log2(4 / 3) + 4) / 4) / 2)
    # User 1: Casino, Bug, Ronin, Unseen; only Casino and Ronin share anything, two of three.
    # User 2: Big, Heat, Alone, Unseen; nothing is shared.
    assert ours.metrics["diversity@10"] == pytest.approx(((5 + 1 / 3) / 6 + 1) / 2)
    assert ours.metrics["coverage@10"] == 7 / 8  # all candidates but Toy Story
    assert "coverage@10" not in cold.metrics
    assert 0 < ours.metrics["explained"] == cold.metrics["explained"] < 1
    assert "explained" not in popular.metrics
    (run,) = graph.read(query("MATCH (run:Run) RETURN run"))
    assert run["run"]["coverageAt10"] == 7 / 8


def test_users_who_do_not_count_are_counted(graph, recommended):
    result = evaluate(graph)
    assert result.users_without_held_out == 1  # user 4
    assert result.users_not_recommended == 1  # user 3 has rated all candidates
    assert result.cold_start_users == 2
    assert [row.group for row in result.rows] == ["all users", "cold start"] * 2


def test_short_lists_and_missing_users_are_warned_of(graph, recommended):
    warnings = " ".join(evaluate(graph).warnings)
    assert "only 2 of 3 users" in warnings
    assert "2 users have fewer than 10 recommendations" in warnings


def test_the_share_of_explained_recommendations(graph, recommended):
    result = evaluate(graph)
    explained = "MATCH ()-[r:RECOMMENDED]->() RETURN avg(sign(size(r.paths))) AS share"
    (row,) = graph.read(query(explained))
    assert result.explained_share == pytest.approx(row["share"])
    assert 0 < result.explained_share < 1


def test_figures_are_stored_on_the_run_and_go_with_it(graph, recommended):
    evaluate(graph)
    read_run = query("MATCH (run:Run) RETURN run")
    run = graph.read(read_run)[0]["run"]
    assert (run["precisionAt1"], run["mrrSumAt10"], run["coldStartMrrAt10"]) == (0.5, 0.75, 0.75)
    assert (run["evaluatedUsers"], run["ndcgAt10"] > 0, run["recallAt10"]) == (2, True, 1)
    recommend(graph, recommended)
    assert "precisionAt1" not in graph.read(read_run)[0]["run"]


def test_some_users_alone_can_be_evaluated(graph, tmp_path):
    load_films(graph, tmp_path / "quarantine")
    save_network(graph, Home(tmp_path), likes=LIKES)
    recommend(graph, Home(tmp_path), users=[2])
    result = evaluate(graph)
    assert result.users == 1
    assert result.rows[0].metrics["P@1"] == 1
    assert "only 1 of 3 users" in result.warnings[0]


def test_a_run_without_held_out_users_is_refused(graph, tmp_path):
    load_films(graph, tmp_path / "quarantine")
    save_network(graph, Home(tmp_path), likes=LIKES)
    recommend(graph, Home(tmp_path), users=[4])
    with pytest.raises(GraphContentError, match="no user with held-out ratings"):
        evaluate(graph)


def test_a_graph_with_nothing_held_out_is_refused(graph, tmp_path):
    load_kg(graph, tables(), test_fraction=0.0, quarantine=tmp_path / "quarantine")
    save_network(graph, Home(tmp_path))
    recommend(graph, Home(tmp_path))
    with pytest.raises(GraphContentError, match="no held-out ratings"):
        evaluate(graph)


def test_a_graph_without_a_run_is_told_the_command(graph, tmp_path):
    load_films(graph, tmp_path / "quarantine")
    with pytest.raises(NotFoundError, match="run: pipeline recommend"):
        evaluate(graph)


def test_hits_are_found_per_user():
    listed = EntityIds(np.array([[5, 7, PADDING], [9, 5, 7]]))
    top = TopLists(listed, np.zeros((2, 3), dtype=np.float32))
    lists = judged(top, user_rows(2, 0), held_out=histories([7, 9], [], [5]))
    assert lists.hits.tolist() == [[True, False, False], [True, False, True]]
    assert lists.lengths.tolist() == [2, 3]
    assert lists.relevant.tolist() == [1, 2]


def test_the_commands_print_a_table_or_one_json_document(graph, home, recommended):
    def run(*arguments):
        result = CliRunner().invoke(cli, [*arguments, "--home", str(home.root)])
        assert result.exit_code == 0, result.output
        return result.stdout

    document = json.loads(run("evaluate", "--json"))
    assert document["rows"][0]["metrics"]["mrr_sum@10"] == 0.75
    text = run("evaluate")
    assert "mrr_sum@10" in text and "0.7500" in text and "most popular" in text
    assert "coverage@10" in text and "0.8750" in text and "–" in text
    assert "Note: only 2 of 3 users" in text
    save_network(graph, home, run_id="rkan-films-cli", likes={1: {RONIN: 1, ALONE: 2}})
    summary = json.loads(run("recommend", "--run-id", "rkan-films-cli", "--users", "1", "--json"))
    assert (summary["users"], summary["recommendations"]) == (1, 4)
    assert "4 recommendations for 1 users" in run(
        "recommend", "--run-id", "rkan-films-cli", "--users", "1"
    )
