"""The measures of explanations, against the stored relationships and a network by hand."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from model.rkan_history.network import RKANHistory
from pipeline.cli import cli
from pipeline.content.histories import read_histories
from pipeline.errors import GraphContentError, NotFoundError
from pipeline.evaluation.explanations import evaluate_explanations
from pipeline.ids import EntityIds
from pipeline.networks.rkan_history.deletion import delete_paths
from pipeline.recommendation.recommend import recommend
from tests.support import candidate_lists
from tests.support.film_graph import query
from tests.support.film_history import save_history_network
from tests.support.narrowing import present

STORED = """
MATCH (u:User)-[r:RECOMMENDED]->(m:Movie)
RETURN u.entityId AS user, properties(r) AS is ORDER BY user, is.rank
"""
RATE = """
MATCH (:Entity {entityId: $user})-[r:RATED]->(:Entity {entityId: $movie}) SET r.rating = $stars
"""
PEOPLE = {"DIRECTED", "WROTE", "ACTED_IN"}


@pytest.fixture
def recommended(graph, films, place):
    """A graph with the recommendations of a small network, and the place of its checkpoint."""
    save_history_network(graph, place)
    recommend(graph, place)
    return graph, place


def test_shares_are_those_of_the_stored_summands(recommended):
    graph, home = recommended
    quality = evaluate_explanations(graph, home)
    stored = [row["is"] for row in graph.read(query(STORED))]
    assert quality.recommendations == len(stored) > 0
    sizes = [abs(is_["taste"]) + abs(is_["popularity"]) + sum(is_["kindScores"]) for is_ in stored]
    paths = [sum(is_["kindScores"]) / size for is_, size in zip(stored, sizes, strict=True)]
    assert quality.path_share == pytest.approx(np.mean(paths))
    taste = [abs(is_["taste"]) / size for is_, size in zip(stored, sizes, strict=True)]
    assert quality.shares["taste"] == pytest.approx(np.mean(taste))
    assert sum(quality.shares.values()) == pytest.approx(1)
    shown = [sum(is_["pathWeights"]) / size for is_, size in zip(stored, sizes, strict=True)]
    assert quality.shown_share == pytest.approx(np.mean(shown))
    assert quality.shown_share <= quality.path_share + 1e-9
    assert quality.largest_gap < 1e-4
    assert quality.negative == 0


def test_first_reasons_and_people_are_counted(recommended):
    graph, home = recommended
    quality = evaluate_explanations(graph, home)
    stored = [row["is"] for row in graph.read(query(STORED))]
    first = [is_["pathRelations"][0] for is_ in stored if is_["paths"]]
    assert quality.leading == pytest.approx(
        {name: first.count(name) / len(stored) for name in set(first)}
    )
    people = sum(not PEOPLE.isdisjoint(is_["pathRelations"]) for is_ in stored)
    assert quality.with_person == pytest.approx(people / len(stored))


def test_a_disliked_first_movie_counts_where_another_path_was_stored(recommended):
    graph, home = recommended
    assert evaluate_explanations(graph, home).disliked == 0
    rows = graph.read(query(STORED))
    user, first, other = next(
        (row["user"], films[0], films[-1])
        for row in rows
        if len(films := [path.split(">")[1] for path in row["is"]["paths"]]) > 1
        and films[0] != films[-1]
    )
    for movie, stars in ((first, 1.0), (other, 5.0)):
        graph.write(query(RATE, "user", "movie", "stars"), user=user, movie=int(movie), stars=stars)
    histories = read_histories(graph)
    row_of = int(histories.rows_of(EntityIds(np.array([user])))[0])
    span = slice(histories.offsets[row_of], histories.offsets[row_of + 1])
    below = {
        str(movie)
        for movie, star in zip(
            histories.movies[span].tolist(), histories.ratings[span].tolist(), strict=True
        )
        if star < histories.mean_rating(row_of)
    }
    expected = 0
    for row in rows:
        seen = [path.split(">")[1] for path in row["is"]["paths"]]
        if row["user"] == user and seen:
            expected += seen[0] in below and not below.issuperset(seen)
    assert expected
    quality = evaluate_explanations(graph, home)
    assert quality.disliked == pytest.approx(expected / quality.recommendations)


def test_deleting_a_path_lowers_the_score_by_its_evidence_without_attention():
    network = candidate_lists.network(aggregation="none")
    rng = np.random.default_rng(1)
    lists = candidate_lists.random_lists(rng, users=6)
    found = delete_paths(network, lists, 2, np.random.default_rng(0))
    evidence = _evidence(network, lists)
    sizes = np.bincount(lists.slots, minlength=lists.candidates.size)
    greatest = [
        evidence[lists.slots == slot].max() for slot in range(lists.candidates.size) if sizes[slot]
    ]
    for fall in found.strongest.tolist():
        assert min(abs(fall - each) for each in greatest) < 1e-4
    assert (found.strongest >= found.random - 1e-5).all()
    assert len(found.strongest) == len(found.random) > 0


def _evidence(network: RKANHistory, lists):
    from model.rkan_history.batches import collate_lists

    return network(collate_lists(lists)).evidence.detach().numpy()


def test_the_deletion_test_covers_recommendations_with_two_paths(recommended):
    graph, home = recommended
    test = present(evaluate_explanations(graph, home).deletion)
    assert test.recommendations > 0
    assert test.low <= test.strongest - test.random <= test.high
    assert test == evaluate_explanations(graph, home).deletion


def test_scores_that_are_not_sums_of_paths_are_refused(recommended):
    graph, home = recommended
    graph.write(query("MATCH ()-[r:RECOMMENDED]->() REMOVE r.taste"))
    with pytest.raises(GraphContentError, match="not sums of paths"):
        evaluate_explanations(graph, home)
    with pytest.raises(NotFoundError):
        evaluate_explanations(graph, home, run_id="none")


def test_the_command_prints_all_and_json(graph, films, home):
    save_history_network(graph, home)
    recommend(graph, home)
    arguments = ["evaluate", "--explanations", "--home", str(home.root)]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    for line in ("share of paths", "first reason", "without the strongest path"):
        assert line in result.output
    document = json.loads(CliRunner().invoke(cli, [*arguments, "--json"]).stdout)
    assert document["recommendations"] > 0
    assert set(document["shares"]) >= {"taste", "popularity", "WATCHED_NEXT", "USERS"}
