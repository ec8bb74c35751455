import json

import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from pipeline.errors import ConfigError
from pipeline.paths.pair import pair_paths
from pipeline.queries import parse_query
from tests.support.narrowing import present
from tests.support.path_graphs import eight_movies


@pytest.fixture
def eight(graph):
    eight_movies().load(graph)
    return graph


@pytest.fixture
def run(eight, home):
    """Runs `pipeline paths` on the eight movies, in the tests' own home."""

    def run(*arguments):
        return CliRunner().invoke(cli, ["--home", str(home.root), "paths", *arguments])

    return run


def test_paths_are_worded_with_all_their_relations(eight):
    report = pair_paths(eight, 0, "Film 13")
    assert sorted(map(str, report.paths)) == [
        "user 0 -[RATED]- Film 10 (1990) -[ACTED_IN]- P 20 -[WROTE]- Film 13 (1990)",
        "user 0 -[RATED]- Film 11 (1990) -[DIRECTED, ACTED_IN]- P 20 -[WROTE]- Film 13 (1990)",
    ]


def test_the_limit_keeps_the_shortest_paths(eight):
    report = pair_paths(eight, 0, "14", max_hops=5, limit=2)
    assert [path.hops for path in report.paths] == [3, 5]


def test_paths_through_users_name_the_user(eight):
    report = pair_paths(eight, 0, "16", through_users=True)
    assert [str(path) for path in report.paths] == [
        "user 0 -[RATED]- Film 10 (1990) -[RATED]- user 1 -[RATED]- Film 16 (1990)"
    ]
    assert pair_paths(eight, 0, "16").paths == []


def test_what_is_held_out_does_not_move_a_user_down(graph):
    """User 1 has 2 training ratings and 3 held-out ones, user 2 has 3 training ratings."""
    small = eight_movies()
    small.users.append(2)
    small.rated |= {(2, 10): 0, (2, 16): 1, (2, 17): 2}
    small.decoys |= {(1, "HELD_OUT", 14), (1, "HELD_OUT", 15)}
    small.load(graph)
    report = pair_paths(graph, 0, "16", through_users=True)
    assert [path.steps[2].entity for path in report.paths] == [1, 2]


@pytest.mark.parametrize("wrong", [{"max_hops": 4}, {"limit": 0}])
def test_wrong_limits_are_refused(eight, wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        pair_paths(eight, 0, "14", **wrong)


def test_the_command_prints_paths(run):
    result = run("0", "film 14")
    assert result.exit_code == 0, result.output
    assert "3 hops  user 0 -[RATED]- Film 12 (1990) -[DIRECTED]- P 21" in result.output
    assert "1 path between user 0 and Film 14 (1990) [14]" in result.output


def test_the_command_says_when_there_is_no_path(run):
    result = run("0", "17", "--max-hops", "7")
    assert result.exit_code == 0
    assert result.output == (
        "There is no path of at most 7 hops between user 0 and Film 17 (1990) [17].\n"
    )


def test_the_command_prints_one_json_document(run):
    result = run("0", "14", "--max-hops", "5", "--json")
    document = json.loads(result.stdout)
    assert document["movie"]["title"] == "Film 14"
    assert [path["hops"] for path in document["paths"]] == [3, 5, 5]
    assert document["paths"][0]["steps"][2] == {
        "entity": 21,
        "kind": "Person",
        "key": "p21",
        "name": "P 21",
    }
    assert document["paths"][0]["relations"] == [["RATED"], ["DIRECTED"], ["DIRECTED"]]


def test_the_command_refuses_other_hops(run):
    assert run("0", "14", "--max-hops", "4").exit_code == 2


DERIVED = """// Joins movies. Parameters: $rows Returns: nothing
UNWIND $rows AS row
MATCH (s:Movie {movieId: row[0]}), (t:Movie {movieId: row[2]})
CALL (s, t, row) {
  WITH s, t, row WHERE row[1] = 'WATCHED_NEXT' CREATE (s)-[:WATCHED_NEXT {weight: row[3]}]->(t)
}
CALL (s, t, row) {
  WITH s, t, row WHERE row[1] = 'SIMILAR' CREATE (s)-[:SIMILAR {weight: row[3]}]->(t)
}
"""


def test_paths_over_derived_relationships_carry_weights_age_and_rating(eight):
    """User 0 rated films 10 and 11; only relationships that lead to the target count."""
    rows = [
        [10, "SIMILAR", 13, 0.25],
        [11, "WATCHED_NEXT", 13, 0.5],
        [11, "SIMILAR", 13, 0.125],
        [13, "SIMILAR", 10, 0.75],
    ]
    eight.write(parse_query("derived", DERIVED), rows=rows)
    report = pair_paths(eight, 0, "13", max_hops=2)
    assert [[step.entity for step in path.steps] for path in report.paths] == [
        [0, 11, 13],
        [0, 10, 13],
    ]
    best = report.paths[0]
    assert best.relations == [["RATED"], ["WATCHED_NEXT", "SIMILAR"]]
    assert best.weights == {"WATCHED_NEXT": 0.5, "SIMILAR": 0.125}
    assert sorted(present(path.age) for path in report.paths) == [
        1,
        2,
    ]  # a newer rating leads nowhere
    assert "WATCHED_NEXT 0.500, SIMILAR 0.125" in str(best)
    assert pair_paths(eight, 0, "13", max_hops=2, limit=1).paths == [best]


def test_derived_relationships_are_on_no_longer_path(eight):
    before = pair_paths(eight, 0, "13", max_hops=7, limit=1000).paths
    eight.write(parse_query("derived", DERIVED), rows=[[10, "SIMILAR", 13, 0.25]])
    assert pair_paths(eight, 0, "13", max_hops=7, limit=1000).paths == before


def test_paths_of_two_hops_pass_through_no_user(eight):
    with pytest.raises(ConfigError, match="do not pass through users"):
        pair_paths(eight, 0, "13", max_hops=2, through_users=True)
