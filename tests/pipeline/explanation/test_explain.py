"""Reading explanations back: names, relations, order, and the query that draws them."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from pipeline.errors import NotFoundError
from pipeline.explanation.browsing import filled_query
from pipeline.explanation.explain import (
    ExplainedPath,
    Explanation,
    PathStep,
    explain,
)
from pipeline.home import Home
from pipeline.recommendation.recommend import recommend
from tests.support.film_graph import (
    BUG,
    CASINO,
    NEVER,
    RONIN,
    TOY,
    UNSEEN,
    load_films,
    query,
    save_network,
)
from tests.support.narrowing import present

LIKES = {1: {CASINO: 5, BUG: 7, RONIN: 3}}


@pytest.fixture
def recommended(graph, tmp_path):
    load_films(graph, tmp_path / "quarantine")
    place = Home(tmp_path / "place")
    save_network(graph, place, likes=LIKES)
    recommend(graph, place)
    return place


@pytest.fixture
def command(graph, home, recommended):
    """Runs the command line on the tests' server."""

    def run(*arguments):
        result = CliRunner().invoke(cli, ["--home", str(home.root), *map(str, arguments)])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.stdout

    return run


def test_explanations_come_by_rank_with_their_paths(graph, recommended):
    best, *others = explain(graph, 1)
    assert (best.movie, best.movie_id, best.rank, best.score) == ("A Bug's Life (1998)", BUG, 1, 7)
    assert best.run_id == "rkan-films-1" and best.user_id == 1
    assert [other.movie_id for other in others] == [CASINO, RONIN, UNSEEN]
    weights = [path.weight for path in best.paths]
    assert weights == sorted(weights, reverse=True)
    by_lasseter = [
        PathStep("User", 1, "user 1", "RATED"),
        PathStep("Movie", TOY, "Toy Story (1995)", "DIRECTED"),
        PathStep("Person", "nm1", "John Lasseter", "DIRECTED"),  # he wrote it, too
        PathStep("Movie", BUG, "A Bug's Life (1998)", None),
    ]
    assert by_lasseter in [path.steps for path in best.paths]


def test_paths_that_only_explain_a_score_are_no_summands_of_it(graph, recommended):
    for each in explain(graph, 1):
        assert 0 < present(each.closeness) < 1
        assert (each.taste, each.popularity, each.kinds, each.films) == (None, None, {}, {})
        assert (each.path_score, each.path_share, each.shown_share) == (None, None, None)


def explanation(weights, **changes):
    """One of RKAN-history: 1 - 0.5 + 2.5 of paths, of which these are stored."""
    found = Explanation(
        run_id="run",
        user_id=1,
        movie_id=BUG,
        movie="A Bug's Life (1998)",
        rank=1,
        score=3.0,
        closeness=None,
        sentences=[],
        shares=[],
        paths=[ExplainedPath(weight, []) for weight in weights],
        taste=1.0,
        popularity=-0.5,
        kinds={"SIMILAR": 1.5, "USERS": 1.0},
        films={"Toy Story (1995)": 1.0},
    )
    return replace(found, **changes)


def test_shares_are_of_the_absolute_summands():
    some = explanation([0.3, 0.5])
    assert some.path_score == 2.5
    assert some.path_share == 2.5 / 4
    assert some.shown_share == 0.8 / 4


def test_a_score_of_nothing_has_no_share():
    nothing = explanation([], taste=0.0, popularity=0.0, kinds={})
    assert (nothing.path_score, nothing.path_share, nothing.shown_share) == (0, 0, 0)


def test_one_movie_can_be_asked_for(graph, recommended):
    (only,) = explain(graph, 1, CASINO)
    assert (only.movie, only.rank) == ("Casino (1995)", 2)
    assert len(only.paths) == 3 and all(len(path.steps) == 4 for path in only.paths)


def test_a_recommendation_without_paths_can_be_read_back(graph, recommended):
    (only,) = explain(graph, 1, UNSEEN)
    assert only.paths == []
    assert only.sentences[0].startswith("No path")


def test_a_movie_that_is_not_recommended_is_said_with_those_that_are(graph, recommended):
    with pytest.raises(NotFoundError, match=r"movie 9 is not recommended .*A Bug's Life \(1998\)"):
        explain(graph, 1, NEVER)


def test_unknown_users_and_runs_are_named(graph, recommended):
    with pytest.raises(NotFoundError, match="no user 99"):
        explain(graph, 99)
    with pytest.raises(NotFoundError, match="no run 'x' in the graph; the newest are rkan-films-1"):
        explain(graph, 1, run_id="x")


def test_a_user_without_recommendations_is_told_the_command(graph, recommended):
    with pytest.raises(NotFoundError, match="no recommendations for user 3; run: pipeline"):
        explain(graph, 3)


def test_a_graph_without_a_run_is_told_the_command(graph, tmp_path):
    load_films(graph, tmp_path / "quarantine")
    with pytest.raises(NotFoundError, match="holds no recommendations; run: pipeline recommend"):
        explain(graph, 1)


def test_the_newest_run_is_explained(graph, recommended):
    save_network(graph, recommended, run_id="rkan-films-2", likes={1: {RONIN: 9}})
    recommend(graph, recommended, run_id="rkan-films-2")
    assert explain(graph, 1)[0].movie_id == RONIN
    assert explain(graph, 1, run_id="rkan-films-1")[0].movie_id == BUG


def drawn(user_id, rank, run_id):
    """The query that draws a recommendation, with its values filled in."""
    return filled_query("draw_explanation", userId=user_id, rank=rank, runId=run_id)


def test_the_drawing_query_returns_the_nodes_and_relationships(graph, recommended):
    text = drawn(1, 1, "rkan-films-1")
    assert "$" not in text and "//" not in text
    (row,) = graph.read(query(text))
    assert (row["user"]["userId"], row["movie"]["movieId"]) == (1, BUG)
    assert row["recommended"][1] == "RECOMMENDED"
    edges = {(a.get("userId") or a.get("movieId"), kind) for a, kind, b in row["relationships"]}
    assert (1, "RATED") in edges
    kinds = {kind for _, kind, _ in row["relationships"]}
    assert kinds == {"RATED", "DIRECTED"}
    assert [kind for _, kind, _ in row["because"]] == ["BECAUSE"]
    names = {node.get("title") or node.get("name") for node in row["nodes"]}
    assert names == {"Toy Story", "John Lasseter"}


def test_a_recommendation_without_paths_is_drawn_alone(graph, recommended):
    (row,) = graph.read(query(drawn(1, 4, "rkan-films-1")))
    assert row["movie"]["movieId"] == UNSEEN
    assert row["nodes"] == row["relationships"] == []


@pytest.mark.parametrize("run_id", ["x'] DETACH DELETE n //", "", "a b", "$rank"])
def test_only_a_runs_name_gets_into_the_drawing_query(run_id):
    with pytest.raises(NotFoundError, match="cannot be a run's name"):
        drawn(1, 1, run_id)


def test_the_command_prints_one_json_document(command):
    found = json.loads(command("explain", 1, "--json"))
    assert [each["movie_id"] for each in found] == [BUG, CASINO, RONIN, UNSEEN]
    assert found[0]["paths"][0]["steps"][0] == {
        "kind": "User",
        "key": 1,
        "name": "user 1",
        "relation": "RATED",
    }


def test_the_command_prints_sentences_for_a_title(command):
    output = command("explain", 1, "a bug's life", "--cypher")
    assert output.startswith("1. A Bug's Life (1998)  closeness 0.")
    words = " ".join(output.split())
    assert "Directed by John Lasseter, like Toy Story (1995), which you gave" in words
    assert "RECOMMENDED {runId: 'rkan-films-1', rank: 1}" in output
