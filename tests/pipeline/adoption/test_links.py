"""Relationships between items and between users that the owner made, through every stage."""

import pytest

from pipeline.adoption.clean import clean_graph
from pipeline.adoption.inspect import inspect_graph
from pipeline.adoption.split import split_graph
from pipeline.doctor.runs import stored_paths
from pipeline.errors import GraphContentError
from pipeline.explanation.explain import explain
from pipeline.home import Home
from pipeline.paths.pair import pair_paths
from pipeline.recommendation.recommend import recommend
from pipeline.runs.train import train
from tests.support.film_history import settings
from tests.support.shop import described, everything, make_shop, raw

GOES_WITH = {"type": "GOES_WITH", "weight": "times", "words": "Goes with"}
FOLLOWS = {"type": "FOLLOWS", "direction": "out", "words": "whom you follow"}
KNOWS = {"type": "LIVES_WITH", "words": "with whom you live"}
LINKS = {"item_link": [GOES_WITH], "user_link": [FOLLOWS, KNOWS]}
CREATE = (
    """
    MATCH (a:`Pro``duct`), (b:`Pro``duct`) WHERE a.sku < b.sku
    CREATE (a)-[:GOES_WITH {times: a.sku + b.sku}]->(b)
    """,
    """
    MATCH (you:Customer {number: 2}), (a:Customer {number: 1}), (b:Customer {number: 3})
    CREATE (you)-[:FOLLOWS]->(a), (a)-[:FOLLOWS]->(b), (b)-[:LIVES_WITH]->(you)
    """,
)


@pytest.fixture
def shop(bare_graph):
    """The shop, in which every product goes with every other, and some customers know others."""
    make_shop(bare_graph)
    for text in CREATE:
        bare_graph.write(raw(text))
    return bare_graph


def test_paths_over_them_are_reasons(shop, tmp_path):
    before = everything(shop)
    split_graph(shop, described(**LINKS))
    result = train(shop, Home(tmp_path), settings())
    recommend(shop, Home(tmp_path), run_id=result.run_id)
    listed = explain(shop, 2)
    words = [sentence for each in listed for sentence in each.sentences]
    assert any(text.startswith("Goes with Casino (1995), which you gave 4 stars") for text in words)
    assert any(text.startswith("Bought by user 1, whom you follow (") for text in words)
    assert any(text.startswith("Bought by user 3, with whom you live (") for text in words)
    ends = {
        (path.steps[0].relation, path.steps[-2].relation)
        for each in listed
        for path in each.paths
        if len(path.steps) == 3
    }
    linked = {("FOLLOWS", "RKAN_RATED"), ("LIVES_WITH", "RKAN_RATED"), ("RKAN_RATED", "GOES_WITH")}
    assert linked <= ends
    for each in listed:
        found = [str(path) for path in pair_paths(shop, 2, str(each.movie_id), max_hops=2).paths]
        assert f"user 2 -[RKAN_RATED]- Casino (1995) -[GOES_WITH]- {each.movie}" in found
        assert {"LINKED", "KNOWN"} <= each.kinds.keys()
        assert each.taste is not None
        assert each.popularity is not None
        total = sum(each.kinds.values()) + each.taste + each.popularity
        assert total == pytest.approx(each.score, abs=1e-5)
    assert [finding.state for finding in stored_paths(shop)] == ["ok"]
    clean_graph(shop)
    assert everything(shop) == before


def test_they_are_proposed(shop):
    proposed = inspect_graph(shop).proposed
    assert proposed is not None
    assert [(each.type, each.weight) for each in proposed.item_links] == [("GOES_WITH", "times")]
    assert {each.type for each in proposed.user_links} == {"FOLLOWS", "LIVES_WITH"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"user_link": [GOES_WITH]}, "no GOES_WITH relationship joins two Customer nodes"),
        ({"item_link": [GOES_WITH | {"weight": "tmies"}]}, "has a tmies that is a number above 0"),
    ],
)
def test_what_is_not_there_is_named_and_nothing_is_written(shop, change, message):
    before = everything(shop)
    with pytest.raises(GraphContentError, match=message):
        split_graph(shop, described(**change))
    assert everything(shop) == before


def test_those_without_a_weight_are_counted(shop, capsys):
    shop.write(raw("MATCH (:`Pro``duct` {sku: 1})-[r:GOES_WITH]->() SET r.times = 'often'"))
    split_graph(shop, described(**LINKS))
    assert "9 of 45 GOES_WITH relationships have no times above 0" in capsys.readouterr().err
