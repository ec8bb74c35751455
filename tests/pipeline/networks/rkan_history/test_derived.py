"""Derived relationships belong to the run: used as they are, or replaced aloud, never mixed up."""

import json

import pytest
from click.testing import CliRunner

from model.checkpoint import load_checkpoint
from pipeline.cli import cli
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.enrich import enrich_all
from pipeline.enrichment.stored import find_enrichment
from pipeline.errors import CheckpointError, ConfigError, GraphContentError
from pipeline.networks.configuration import load_config
from pipeline.networks.rkan_history.derived import uses_derived
from pipeline.paths.config import WeightedPathConfig
from pipeline.recommendation.recommend import recommend
from pipeline.runs.train import train
from tests.support.film_graph import query
from tests.support.narrowing import present
from tests.support.small_settings import QUICK, QUICK_HISTORY

UNSET = {key: value for key, value in QUICK_HISTORY.items() if not key.startswith("enrich.")}
FEW = EnrichConfig(similar="cosine", neighbours=3, cosine_shrinkage=1.0)
STORED = """
MATCH (u:User)-[r:RECOMMENDED]->(m:Movie)
RETURN u.userId AS user, m.movieId AS movie, r {.*, writing: null} AS is ORDER BY user, is.rank
"""
RATE = """
MATCH (u:User {userId: 4}), (m:Movie {movieId: 2})
CREATE (u)-[:RATED {rating: 5.0, timestamp: 99, position: 1}]->(m)
"""


def config(**changes):
    return load_config(overrides=UNSET | {k.replace("__", "."): v for k, v in changes.items()})


@pytest.fixture
def said(monkeypatch):
    """What training says."""
    lines: list[str] = []
    monkeypatch.setattr("pipeline.networks.rkan_history.derived.say", lines.append)
    return lines


def test_training_uses_what_the_graph_has(graph, films, place, said):
    enrich_all(graph, FEW)
    before = present(find_enrichment(graph))
    result = train(graph, place, config())
    assert find_enrichment(graph) == before
    checkpoint = load_checkpoint(result.checkpoint)
    assert checkpoint.config["enrich"] == FEW.model_dump()
    assert checkpoint.derived == before.fingerprint
    assert said == []
    recommend(graph, place)
    [run] = graph.read(query("MATCH (run:Run) RETURN run.derivedFingerprint AS derived"))
    assert run["derived"] == before.fingerprint


def test_settings_of_ones_own_replace_what_the_graph_has_and_say_so(graph, films, place, said):
    enrich_all(graph, FEW)
    result = train(graph, place, config(enrich__similar="ease"))
    found = present(find_enrichment(graph))
    assert (found.config.similar, found.config.neighbours) == ("ease", 3)
    assert found.fingerprint == load_checkpoint(result.checkpoint).derived
    [line] = said
    assert line.startswith("replacing WATCHED_NEXT, SIMILAR and WATCHED_ALIKE of the graph")
    assert "similar = cosine in the graph, ease in the run" in line


def test_relationships_of_other_ratings_are_replaced_aloud(graph, films, place, said):
    enrich_all(graph, FEW)
    graph.write(query(RATE))
    train(graph, place, config())
    assert said == [
        "replacing WATCHED_NEXT, SIMILAR and WATCHED_ALIKE of the graph: "
        "they were computed from other ratings"
    ]


@pytest.mark.parametrize("kind", ["WATCHED_NEXT", "SIMILAR", "WATCHED_ALIKE"])
def test_relationships_that_something_else_changed_are_replaced_aloud(
    graph, films, place, said, kind
):
    enrich_all(graph, FEW)
    graph.write(query(f"MATCH ()-[some:{kind}]->() WITH some LIMIT 1 DELETE some"))
    train(graph, place, config())
    assert said == [
        "replacing WATCHED_NEXT, SIMILAR and WATCHED_ALIKE of the graph: "
        "another process changed them"
    ]


def test_the_same_run_gives_the_same_recommendations_whatever_was_enriched_between(
    graph, films, home
):
    run = train(graph, home, config()).run_id
    recommend(graph, home, run_id=run)
    before = graph.read(query(STORED))
    enrich_all(graph, FEW)
    state = r"the graph has others \(.*similar = cosine in the graph, ease in the run.*\)"
    fix = f"run: pipeline enrich --run-id {run}"
    with pytest.raises(GraphContentError, match=f"run {run} needs .*, but {state}; {fix}$"):
        recommend(graph, home, run_id=run)
    assert graph.read(query(STORED)) == before
    mended = CliRunner().invoke(
        cli, ["--home", str(home.root), "enrich", "--run-id", run, "--json"]
    )
    assert mended.exit_code == 0, mended.output
    assert json.loads(mended.stdout)["method"] == "ease"
    recommend(graph, home, run_id=run)
    assert graph.read(query(STORED)) == before


def test_after_new_ratings_and_enrich_the_fix_is_to_train(graph, films, place):
    run = train(graph, place, config()).run_id
    graph.write(query(RATE))
    recommend(graph, place)  # new ratings alone are welcome
    enrich_all(graph, EnrichConfig())
    with pytest.raises(
        GraphContentError, match=f"{run} needs .* computed from other ratings.*pipeline train$"
    ):
        recommend(graph, place)


def test_a_run_without_derived_relationships_has_none_to_bring_back(graph, films, place, home):
    run = train(graph, home, load_config(overrides={"model.name": "rkan", **QUICK})).run_id
    typed = CliRunner().invoke(cli, ["--home", str(home.root), "enrich", "--run-id", run])
    assert isinstance(typed.exception, CheckpointError)
    assert "was not trained on derived relationships" in str(typed.exception)


def test_a_run_and_options_together_are_refused(graph, films, home):
    typed = CliRunner().invoke(
        cli, ["--home", str(home.root), "enrich", "--run-id", "some", "--neighbours", "3"]
    )
    assert isinstance(typed.exception, ConfigError)


@pytest.mark.parametrize(
    ("changes", "used"),
    [
        ({}, True),
        ({"watched_next": 0, "similar": 0}, True),
        ({"watched_next": 0, "similar": 0, "users": 0}, False),
        ({"watched_next": 0, "users": 0}, True),
        ({"watched_next": 0, "similar": 0, "max_hops": 2}, False),
    ],
)
def test_which_paths_use_derived_relationships(changes, used):
    assert uses_derived(WeightedPathConfig(**changes)) is used
