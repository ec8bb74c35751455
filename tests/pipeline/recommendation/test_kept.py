"""What a service keeps is used while the graph and the run are the same, and no longer."""

import gc
import os
import time

import pytest

from pipeline.content.catalogue import Catalogue
from pipeline.content.dataset import read_dataset
from pipeline.content.histories import Histories
from pipeline.graph import Graph
from pipeline.networks.rkan_history.recommender import HistoryRecommender
from pipeline.recommendation.facts import GraphFacts
from pipeline.recommendation.kept import Kept
from pipeline.recommendation.preview import preview
from tests.support.film_graph import query
from tests.support.film_history import RUN, save_history_network
from tests.support.shop import make_shop, split_shop

RENAME = "MATCH (m:Movie {movieId: 1}) SET m.title = 'Renamed', m.name = 'Renamed'"
CREDIT = """
MATCH (p:Person {personId: 'nm2'}), (m:Movie {movieId: 4}) CREATE (p)-[:ACTED_IN {order: 0}]->(m)
"""
RATE = """
MATCH (u:User {userId: 4}), (m:Movie {movieId: 1})
CREATE (u)-[:RATED {rating: 5.0, timestamp: 9, position: 5}]->(m)
"""


@pytest.fixture
def trained(graph, films, place):
    save_history_network(graph, place)
    return graph


def test_names_are_kept_until_the_graph_changes(trained, monkeypatch):
    kept, dataset = Kept(seconds=60), read_dataset(trained)
    first = kept.names(trained, dataset)
    trained.write(query(RATE))
    assert kept.names(trained, dataset) is first
    trained.write(query(CREDIT))
    second = kept.names(trained, dataset)
    assert len(second[1].edges) == len(first[1].edges) + 1
    trained.write(query(RENAME))
    assert kept.names(trained, dataset) is second
    later = time.monotonic() + 61
    monkeypatch.setattr("time.monotonic", lambda: later)
    assert kept.names(trained, dataset)[0][0].title == "Renamed"


def test_a_checkpoint_is_kept_until_another_is_written_or_asked_for(trained, place):
    kept, dataset = Kept(seconds=60), read_dataset(trained)
    first = kept.checkpoint(place, dataset, None)
    assert kept.checkpoint(place, dataset, None) is first
    assert kept.checkpoint(place, dataset, RUN) is not first
    save_history_network(trained, place, run_id="other", seed=4)
    os.utime(place.checkpoints / "other" / "model.pt", (2**31, 2**31))
    assert kept.checkpoint(place, dataset, None).run_id == "other"


def test_recommendations_are_the_same_and_know_a_new_rating(trained, place):
    kept = Kept(seconds=60)
    for user in (1, 2, 4):
        fresh = preview(trained, place, user=user)
        assert preview(trained, place, user=user, kept=kept) == fresh
        assert preview(trained, place, user=user, kept=kept) == fresh
    trained.write(query(RATE))
    again = preview(trained, place, user=4, kept=kept)
    assert again == preview(trained, place, user=4)
    assert 1 not in [each.movie_id for each in again]


def test_nothing_but_what_is_kept_outlives_a_recommendation(trained, place):
    kept = Kept(seconds=60)
    preview(trained, place, user=1, kept=kept)
    gc.collect()
    alive = {type(each) for each in gc.get_objects()}
    assert alive.isdisjoint({GraphFacts, HistoryRecommender, Histories})
    assert Catalogue in alive


def test_without_a_time_nothing_is_kept(trained):
    dataset = read_dataset(trained)
    kept = Kept()
    assert kept.names(trained, dataset) is not kept.names(trained, dataset)


def test_a_graph_with_other_names_is_kept_alike(bare_graph):
    make_shop(bare_graph)
    split_shop(bare_graph)
    with Graph.open(bare_graph.connection) as shop:
        kept, dataset = Kept(seconds=60), read_dataset(shop)
        first = kept.names(shop, dataset)
        assert kept.names(shop, dataset) is first
        assert "Toy Story (1995)" in first[1].names
