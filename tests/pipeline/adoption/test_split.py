"""A graph that something else made is prepared, used and left as it was."""

from contextlib import suppress

import pytest

from pipeline.adoption.clean import clean_graph
from pipeline.adoption.split import split_graph
from pipeline.content.catalogue import read_catalogue
from pipeline.content.dataset import read_dataset
from pipeline.content.histories import read_histories
from pipeline.content.lookup import find_movie, find_user, named_user
from pipeline.errors import ConfigError, GraphContentError, NotFoundError
from pipeline.explanation.explain import explain
from pipeline.graph import Graph
from pipeline.home import Home
from pipeline.recommendation.recommend import recommend
from pipeline.runs.train import train
from pipeline.schema import MOVIELENS
from tests.support.film_graph import load_films
from tests.support.film_history import settings
from tests.support.shop import (
    DESCRIPTION,
    INTERACTION,
    described,
    everything,
    make_shop,
    raw,
    split_shop,
)


def clear(graph):
    """Empty the graph of films."""
    graph.write(raw("MATCH (n) DETACH DELETE n"))


def learned(graph, home, **changes):
    """Train and recommend; each recommendation as plain values, by user and rank."""
    config = settings(**changes)
    result = train(graph, home, config)
    recommend(graph, home, run_id=result.run_id)
    found = {}
    for user in read_histories(graph).user_ids.tolist():
        with suppress(NotFoundError):  # someone who has seen everything has no list
            for each in explain(graph, user):
                paths = [(path.weight, [step.name for step in path.steps]) for path in each.paths]
                found[user, each.rank] = each.movie, each.score, paths
    return found


def test_a_shop_is_recommended_as_the_same_data_in_our_own_names_is(graph, tmp_path):
    place = Home(tmp_path)
    load_films(graph, tmp_path / "quarantine")
    ours = learned(graph, place)
    assert ours
    clear(graph)
    make_shop(graph)
    split_shop(graph)
    assert read_dataset(graph).name == "shop"
    assert learned(graph, place) == ours


def test_the_same_split_again_changes_nothing_and_another_needs_replace(graph):
    make_shop(graph)
    first = split_shop(graph)
    assert (first.unchanged, first.users, first.items) == (False, 4, 10)
    before = everything(graph)
    assert split_shop(graph).unchanged
    assert everything(graph) == before
    with pytest.raises(GraphContentError, match="--replace"):
        split_shop(graph, test_fraction=0.5)
    assert everything(graph) == before
    assert not split_shop(graph, test_fraction=0.5, replace=True).unchanged


def test_whoever_opens_the_graph_finds_its_names(graph):
    make_shop(graph)
    split_shop(graph)
    with Graph.open(graph.connection) as again:
        assert again.schema == described().schema
        assert read_catalogue(again).names == read_catalogue(graph).names


def test_a_graph_that_load_kg_made_is_refused(graph, tmp_path):
    load_films(graph, tmp_path / "quarantine")
    with pytest.raises(GraphContentError, match="load-kg has loaded this graph"):
        split_shop(graph)


@pytest.mark.parametrize(
    ("section", "changes", "message"),
    [
        ("user", {"label": "Nobody"}, "no Nobody nodes"),
        ("user", {"key": "nothing"}, "no Customer node has the property nothing"),
        ("user", {"key": "userId"}, "two Customer nodes have userId = 'theirs'"),
        ("item", {"year": "label"}, "is no integer"),
        ("interaction", {"type": "SOLD"}, "no SOLD relationship joins"),
        ("interaction", {"time": "stars"}, None),
        ("interaction", {"time": "nothing"}, "have no nothing"),
        ("interaction", {"rating": "at"}, "is no number"),
        ("item", {"label": "Customer", "key": "number"}, "are Customer and Customer at once"),
    ],
)
def test_what_the_graph_does_not_have_is_named(graph, section, changes, message):
    make_shop(graph)
    before = everything(graph)
    wrong = described(**{section: DESCRIPTION[section] | changes})
    if message is None:
        split_graph(graph, wrong)
        return
    with pytest.raises(GraphContentError, match=message):
        split_graph(graph, wrong)
    assert everything(graph) == before
    assert graph.schema is MOVIELENS


def test_without_times_the_order_is_drawn(graph):
    make_shop(graph)
    untimed = {name: value for name, value in INTERACTION.items() if name != "time"}
    with pytest.raises(ConfigError, match="needs the time"):
        split_graph(graph, described(interaction=untimed), split="global-time")
    summary = split_graph(graph, described(interaction=untimed))
    assert not summary.timed
    one = read_histories(graph).movies.tolist()
    assert split_graph(graph, described(interaction=untimed)).unchanged
    other = split_graph(graph, described(interaction=untimed), tie_seed=8, replace=True)
    assert not other.unchanged
    assert read_histories(graph).movies.tolist() != one


def test_an_interrupted_cleaning_goes_on(graph, monkeypatch):
    make_shop(graph)
    split_shop(graph)
    with monkeypatch.context() as patched:
        patched.setattr("pipeline.adoption.clean._indexes", lambda graph: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            clean_graph(graph)
    with Graph.open(graph.connection) as again:
        assert again.schema is MOVIELENS
        assert clean_graph(again).indexes


def test_users_and_products_are_found_by_their_owners_keys_and_names(graph):
    make_shop(graph)
    graph.write(raw("MATCH (c:Customer) SET c.number = 'C-' + c.number"))
    split_shop(graph)
    first = named_user(graph, "C-1")
    assert first == named_user(graph, "user 1")
    assert find_user(graph, first).user_id == first
    assert find_movie(graph, "Heat (1995)").key is not None
    with pytest.raises(NotFoundError, match="there is no user 'C-9'"):
        named_user(graph, "C-9")
    graph.write(raw("MATCH (c:Customer) SET c.rkanName = 'Ann'"))
    with pytest.raises(NotFoundError, match="several users are called 'Ann'"):
        named_user(graph, "Ann")
