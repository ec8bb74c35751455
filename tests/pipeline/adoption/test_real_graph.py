"""MovieLens under other names, in a database that the pipeline did not load: every stage."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.sources import open_source
from tests.support.command_line import typed
from tests.support.shop import everything, make_shop, raw

USERS, FILMS = 50, 250
QUICK = (
    "history.epochs=2",
    "history.refit_epochs=1",
    "train.epochs=2",
    "history.dim=32",
    "enrich.neighbours=20",
)
KEYS = "CREATE CONSTRAINT FOR (n:{}) REQUIRE n.{} IS UNIQUE"
PLAIN = "MATCH (p:`Pro``duct`) REMOVE p:Sold, p.name"


@pytest.fixture
def answer(bare_graph, ml_100k, tmp_path, monkeypatch):
    """What a command prints to programs, in a database with a part of MovieLens-100K as a shop."""
    source = open_source("ml-100k", "none", ml_100k)
    ratings = source.ratings[source.ratings["userId"] <= USERS]
    kept = set(ratings["movieId"].value_counts().index[:FILMS])
    ratings = ratings[ratings["movieId"].isin(kept)]
    parts = {
        name: frame[frame["movieId"].isin(kept)]
        for name in ("movies", "genres", "credits")
        for frame in [getattr(source, name)]
    }
    make_shop(bare_graph, replace(source, ratings=ratings, **parts))
    bare_graph.write(raw(PLAIN))
    for label, key in (("Customer", "number"), ("`Pro``duct`", "sku"), ("Maker", "code")):
        bare_graph.write(raw(KEYS.format(label, key)))
    connection = bare_graph.connection
    monkeypatch.setenv("NEO4J_URI", connection.uri)
    monkeypatch.setenv("NEO4J_PASSWORD", connection.password)
    monkeypatch.setenv("PIPELINE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        ended = typed(*arguments, "--json")
        assert ended.code == 0, ended.err
        return json.loads(ended.out)

    return run


@pytest.mark.slow
def test_from_inspecting_to_cleaning(bare_graph, answer):
    before = everything(bare_graph)
    assert typed("init", "shop.toml", "--name", "shop").code == 0
    proposed = Path("shop.toml").read_text(encoding="utf-8")
    for name in ("Customer", "Pro`duct", "BOUGHT", "MADE BY", "FEATURES", "IN_SECTION"):
        assert f'"{name}"' in proposed
    split = answer("split", "shop.toml")
    assert split["users"] == USERS
    assert split["train"] > 2_000
    options = [word for each in QUICK for word in ("--set", each)]
    run = answer("train", *options)["run_id"]
    assert answer("recommend")["recommendations"] == 10 * USERS
    judged = answer("evaluate", "--run-id", run)
    assert (judged["users"], judged["explained_share"]) == (USERS, 1.0)
    compared = answer("compare", "--methods", "popular,watched-next", "--no-cut")
    assert len(compared["methods"]) == 2
    [first, *_] = answer("explain", "1")
    assert any(words in " ".join(first["sentences"]) for words in (" chose ", "Maker "))
    assert answer("similar", first["movie"])["films"]
    assert typed("browse", "1").code == 0
    answer("clean")
    assert everything(bare_graph) == before
