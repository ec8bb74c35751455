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
from tests.support.film_graph import BIG, BUG, CASINO, HEAT, RONIN, TOY, query, save_network
from tests.support.film_history import RUN, save_history_network
from tests.support.narrowing import present

STORED = """
MATCH (u:User)-[r:RECOMMENDED]->(m:Movie)
RETURN u.entityId AS user, m.entityId AS movie, properties(r) AS is ORDER BY user, is.rank
"""
NUMBERS = """
MATCH (from:Entity)-[r:WATCHED_NEXT|SIMILAR]->(to:Entity)
RETURN from.entityId AS source, to.entityId AS target, type(r) AS type, r.people AS people
"""
RATE = """
MATCH (:Entity {entityId: $user})-[r:RATED]->(:Entity {entityId: $movie}) SET r.rating = $stars
"""
PEOPLE = {"DIRECTED", "WROTE", "ACTED_IN"}
LIKES = {1: {BUG: 5.0, RONIN: 4.0}, 2: {HEAT: 5.0}, 4: {CASINO: 3.0, TOY: 2.0, BIG: 1.0}}


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
    summands = present(quality.summands)
    assert summands.path_share == pytest.approx(np.mean(paths))
    taste = [abs(is_["taste"]) / size for is_, size in zip(stored, sizes, strict=True)]
    assert summands.shares["taste"] == pytest.approx(np.mean(taste))
    assert sum(summands.shares.values()) == pytest.approx(1)
    shown = [sum(is_["pathWeights"]) / size for is_, size in zip(stored, sizes, strict=True)]
    assert summands.shown_share == pytest.approx(np.mean(shown))
    assert summands.shown_share <= summands.path_share + 1e-9
    assert summands.largest_gap < 1e-4
    assert summands.negative == 0


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


def test_coverage_and_kinds_are_those_of_the_stored_paths(recommended):
    graph, home = recommended
    quality = evaluate_explanations(graph, home)
    rows = graph.read(query(STORED))
    assert quality.coverage == np.mean([bool(row["is"]["paths"]) for row in rows])
    first: dict[int, set[str]] = {row["user"]: set() for row in rows}
    for row in rows:
        first[row["user"]].update(row["is"]["pathRelations"][:1])
    assert quality.users == len(first)
    assert quality.kinds == len(set().union(*first.values()))
    assert quality.kinds_per_list == np.mean([len(kinds) for kinds in first.values()])


def test_support_is_read_from_the_relationships(recommended):
    graph, home = recommended
    numbers = {
        (row["source"], row["target"], row["type"]): row["people"]
        for row in graph.read(query(NUMBERS))
    }
    people, groups = [], []
    for row in graph.read(query(STORED)):
        others = set()
        for path, relation in zip(row["is"]["paths"], row["is"]["pathRelations"], strict=True):
            entities = [int(entity) for entity in path.split(">")]
            if relation in ("WATCHED_NEXT", "SIMILAR"):
                people.append(numbers[entities[1], entities[2], relation])
            elif relation == "RATED":
                others.add(entities[2])
        groups += [len(others)] if others else []
    assert people
    assert groups
    support = present(evaluate_explanations(graph, home).support)
    assert support.claims == len(people + groups)
    assert (support.median, support.worst) == (np.median(people + groups), min(people + groups))
    assert support.missing == 0
    graph.write(query("MATCH ()-[r:WATCHED_NEXT|SIMILAR]->() SET r.people = null"))
    without = present(evaluate_explanations(graph, home).support)
    assert (without.claims, without.missing) == (len(groups), len(people))


def test_curves_and_path_metrics_cover_the_users(recommended):
    graph, home = recommended
    quality = evaluate_explanations(graph, home)
    curves = present(quality.curves)
    assert [point.paths for point in curves] == [1, 2, 3, 5, 10]
    for point in curves:
        assert point.without_strongest <= point.without_random + 1e-9
        assert point.only_strongest <= 1 + 1e-6
    metrics = present(quality.path_quality)
    assert list(metrics) == ["LIR", "SEP", "LID", "SED", "PTD", "PTC", "PPT"]
    for measure in metrics.values():
        assert 0 <= measure.low <= measure.mean <= measure.high <= 1
        assert measure.users == quality.users
    assert quality.stability is None


def test_a_run_without_a_ledger_is_measured_without_its_network(graph, films, place):
    save_network(graph, place, likes=LIKES)
    recommend(graph, place)
    (place.checkpoints / "rkan-films-1").rename(place.root / "elsewhere")
    quality = evaluate_explanations(graph, place)
    rows = graph.read(query(STORED))
    paths = [row["is"]["paths"] for row in rows]
    assert quality.recommendations == len(rows)
    assert quality.coverage == np.mean([bool(each) for each in paths])
    assert sum(quality.leading.values()) == pytest.approx(quality.coverage)
    assert set(quality.leading) <= {*PEOPLE, "IN_GENRE", "RATED"}
    assert (quality.summands, quality.curves, quality.deletion) == (None, None, None)
    user, first = next((row["user"], row["is"]["paths"][0]) for row in rows if row["is"]["paths"])
    assert first.startswith(f"{user}>")
    metrics = present(quality.path_quality)
    explained = {row["user"] for row in rows if row["is"]["paths"]}
    assert metrics["LIR"].users == len(explained)
    lids = [
        len({path.split(">")[1] for path in own}) / len(own)
        for user in explained
        if (own := [r["is"]["paths"][0] for r in rows if r["user"] == user and r["is"]["paths"]])
    ]
    assert metrics["LID"].mean == pytest.approx(np.mean(lids))


def test_two_runs_are_compared(recommended):
    graph, home = recommended
    other = "rkan-history-films-2"
    save_history_network(graph, home, run_id=other, seed=4)
    lists: dict[str, dict[int, set[int]]] = {RUN: {}, other: {}}
    for run in lists:
        recommend(graph, home, run_id=run, top_k=2)
    for row in graph.read(query(STORED)):
        lists[row["is"]["runId"]].setdefault(row["user"], set()).add(row["movie"])
    pairs = [(own, lists[other][user]) for user, own in lists[RUN].items()]
    itself = present(evaluate_explanations(graph, home, run_id=RUN, against=RUN).stability)
    assert (itself.lists.mean, present(itself.paths).mean) == (1, 1)
    found = present(evaluate_explanations(graph, home, run_id=RUN, against=other).stability)
    assert found.against == other
    assert found.lists.mean == np.mean([len(a & b) / len(a | b) for a, b in pairs])
    assert 0 < found.common <= sum(len(a & b) for a, b in pairs) < itself.common


def test_unknown_runs_and_runs_without_recommendations_are_refused(recommended):
    graph, home = recommended
    for runs in ({"run_id": "none"}, {"against": "none"}):
        with pytest.raises(NotFoundError):
            evaluate_explanations(graph, home, **runs)
    graph.write(query("MATCH ()-[r:RECOMMENDED]->() DELETE r"))
    with pytest.raises(GraphContentError, match="no recommendations left"):
        evaluate_explanations(graph, home)


def test_the_command_prints_all_in_80_columns_and_json(graph, films, home):
    save_history_network(graph, home)
    recommend(graph, home)
    arguments = ["evaluate", "--explanations", "--home", str(home.root), "--against", RUN]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    for line in (
        "recommendations with a path",
        "first reason by",
        "5 % quantile",
        "without the strongest path",
        "the 3 strongest (random:",
        "LIR, recency",
        "PPT, different",
        f"Agreement with run {RUN}",
    ):
        assert line in result.output
    assert max(map(len, result.output.splitlines())) <= 80
    document = json.loads(CliRunner().invoke(cli, [*arguments, "--json"]).stdout)
    assert document["recommendations"] > 0
    assert set(document["summands"]["shares"]) >= {"taste", "popularity", "WATCHED_NEXT", "USERS"}
    assert document["path_quality"]["LIR"]["users"] == document["users"]
    assert document["stability"]["lists"]["mean"] == 1
    refused = CliRunner().invoke(cli, ["evaluate", "--home", str(home.root), "--against", RUN])
    assert refused.exit_code == 2
    assert "needs --explanations" in refused.output
