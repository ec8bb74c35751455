"""The network that a comparison publishes is the one that pipeline train makes."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.comparison import compare as compare_module
from pipeline.comparison.compare import compare
from pipeline.comparison.fit import fit
from pipeline.comparison.methods import compared_methods, settled
from pipeline.comparison.results import Job
from pipeline.comparison.split import read_split
from pipeline.device import choose_device
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.enrich import enrich_all
from pipeline.enrichment.stored import find_enrichment
from pipeline.load.kg import load_kg
from pipeline.networks.registry import NETWORKS
from pipeline.recommendation.recommend import recommend
from pipeline.runs.train import train
from tests.support.film_graph import query, tables
from tests.support.small_histories import movies_in
from tests.support.small_settings import small_methods

FEW = EnrichConfig(similar="cosine", neighbours=3)
DERIVED = """
MATCH (a)-[r:WATCHED_NEXT|SIMILAR|WATCHED_ALIKE]->(b)
RETURN type(r) AS type, a.entityId AS source, b.entityId AS target, properties(r) AS properties
ORDER BY type, source, target, r.weight, r.earlyWeight
"""
STORED = """
MATCH (u:User)-[r:RECOMMENDED]->(m:Movie)
RETURN u.entityId AS user, m.entityId AS movie, r.score AS score
"""


@pytest.fixture
def rated(graph, tmp_path):
    """The graph of films, where users like some films better than others."""
    given = tables()
    stars = [
        (user * 3 + movie * 2) % 5 + 1.0
        for user, movie in given.ratings[["userId", "movieId"]].values
    ]
    given.ratings["rating"] = stars
    load_kg(graph, given, test_fraction=0.2, quarantine=tmp_path / "quarantine")
    return graph


@pytest.mark.parametrize("name", NETWORKS)
def test_a_comparison_scores_as_recommend_does_to_the_last_bit(rated, place, tmp_path, name):
    [method] = small_methods([name])
    split = read_split(rated)
    job = Job(method, 0, "full", split.dataset.data_hash)
    score = fit(rated, split, job, tmp_path / "comparison", choose_device("cpu")).score
    users, movies = split.training.user_entities, movies_in(split.training)
    scores = score(users, movies)
    train(rated, place, method.run_config.changed({"recommend.top_k": 5}))
    recommend(rated, place)
    rows = rated.read(query(STORED))
    assert len(rows) > 10
    for row in rows:
        at = users.tolist().index(row["user"]), movies.tolist().index(row["movie"])
        assert scores[at] == np.float32(row["score"]), row


def test_ratings_decide_what_rkan_history_says_in_a_comparison(rated, tmp_path):
    [method] = small_methods(["rkan-history"])

    def scores(folder):
        split = read_split(rated)
        job = Job(method, 0, "full", split.dataset.data_hash)
        score = fit(rated, split, job, tmp_path / folder, choose_device("cpu")).score
        return score(split.training.user_entities, movies_in(split.training))

    before = scores("before")
    rated.write(query("MATCH (:User {userId: 1})-[r:RATED]->() SET r.rating = 6 - r.rating"))
    assert not np.array_equal(before, scores("after"))


def test_a_comparison_takes_the_settings_of_the_graphs_derived_relationships(rated, tmp_path):
    enrich_all(rated, FEW)
    [method] = compared_methods(["rkan-history"])
    enrichment = settled(rated, method).config.value("enrich")
    assert (enrichment.similar, enrichment.neighbours) == ("cosine", 3)
    [small] = small_methods(["rkan-history"])
    [runs] = compare(rated, [small], seeds=1, output=tmp_path, cut=False).methods
    used = runs.method.config
    assert used.value("enrich.similar") == "cosine"
    assert used.value("enrich.ease_l2") == small.config.value("enrich.ease_l2")  # it was set


@pytest.mark.parametrize("settings", [None, FEW], ids=["none", "some"])
def test_a_comparison_leaves_the_derived_relationships_as_it_found_them(rated, tmp_path, settings):
    """In between, the graph has those of cut histories."""
    if settings is not None:
        enrich_all(rated, settings)
    before, description = rated.read(query(DERIVED)), find_enrichment(rated)
    assert bool(before) is (settings is not None)
    compare(rated, small_methods(["rkan-history"]), seeds=1, output=tmp_path, cut=True)
    assert rated.read(query(DERIVED)) == before
    assert find_enrichment(rated) == description


def test_an_interrupted_comparison_restores_them_too(rated, tmp_path, monkeypatch):
    enrich_all(rated, FEW)
    before = rated.read(query(DERIVED))
    [small] = small_methods(["rkan-history"])
    fewer = replace(small, config=small.config.changed({"enrich.neighbours": 1}))

    def dying(*arguments):
        fit(*arguments)
        assert rated.read(query(DERIVED)) != before
        raise KeyboardInterrupt

    monkeypatch.setattr(compare_module, "fit", dying)
    with pytest.raises(KeyboardInterrupt):
        compare(rated, [fewer], seeds=1, output=tmp_path, cut=False)
    assert rated.read(query(DERIVED)) == before
