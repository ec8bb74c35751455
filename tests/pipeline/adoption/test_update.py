"""A prepared graph of someone else gains users, products and purchases, and nothing is trained."""

import numpy as np
import pytest

from pipeline.adoption.clean import clean_graph
from pipeline.adoption.update import update_graph
from pipeline.content.catalogue import read_catalogue
from pipeline.content.dataset import read_dataset
from pipeline.content.histories import read_histories
from pipeline.doctor.content import counts, dataset
from pipeline.errors import CheckpointError, GraphContentError
from pipeline.explanation.explain import explain
from pipeline.explanation.why_not import Reason, why_not
from pipeline.recommendation.preview import preview
from pipeline.recommendation.recommend import recommend
from pipeline.runs.train import train
from pipeline.schema import MOVIELENS
from tests.support.film_graph import save_network
from tests.support.film_history import settings
from tests.support.narrowing import present
from tests.support.shop import described, everything, make_shop, raw, split_shop

GAINED = """
CREATE (p:`Pro``duct` {sku: 11, label: 'Cars', released: 2006})
CREATE (:`Pro``duct` {sku: 13, label: 'Lonely', released: 2024})
WITH p
MATCH (maker:Maker {code: 'nm1'}), (crime:Section {name: 'Crime'}),
      (comedy:Section {name: 'Comedy'})
CREATE (p)-[:`MADE BY`]->(maker), (p)-[:IN_SECTION]->(comedy)
CREATE (q:`Pro``duct` {sku: 12, label: 'Else'})-[:`MADE BY`]->(:Maker {code: 'new', title: 'Ann'})
CREATE (q)-[:IN_SECTION]->(crime)
CREATE (c:Customer {number: 5, fullName: 'Eve'})
WITH c
UNWIND [[4, 30], [6, 10], [3, 20]] AS bought
MATCH (p:`Pro``duct` {sku: bought[0]})
CREATE (c)-[:BOUGHT {at: datetime({epochSeconds: bought[1]}), stars: 5.0}]->(p)
"""
LOST = """
MATCH (n) WHERE n.sku > 10 OR n.number = 5 OR n.code = 'new' DETACH DELETE n
"""


def held_out(graph):
    found = read_histories(graph, held_out=True)
    return dict(zip(found.user_ids.tolist(), np.diff(found.offsets).tolist(), strict=True))


def listed(graph, user):
    return {each.movie: each for each in explain(graph, user)}


def test_what_is_new_is_recommended_and_clean_leaves_what_was_there(bare_graph, place):
    """Nothing is trained anew, and afterwards nothing of the pipeline's is left."""
    graph = bare_graph
    make_shop(graph)
    before = everything(graph)
    split_shop(graph)
    run = train(graph, place, settings()).run_id
    names, out = read_catalogue(graph).names, held_out(graph)
    graph.write(raw(GAINED))
    summary = update_graph(graph)
    assert (summary.users, summary.items, summary.attributes) == (1, 3, 1)
    assert (summary.interactions, summary.unchanged) == (3, False)
    assert read_catalogue(graph).names[: len(names)] == names
    assert held_out(graph) == out | {5: 0}
    written = everything(graph)
    assert update_graph(graph, described()).unchanged
    assert everything(graph) == written
    findings = [*dataset(graph), *counts(graph, read_dataset(graph))]
    assert {finding.state for finding in findings} == {"ok"}

    assert recommend(graph, place).run_id == run
    cars = listed(graph, 1)["Cars (2006)"]
    assert any("Made by John Lasseter" in sentence for sentence in cars.sentences), cars.sentences
    assert np.isfinite([cars.score, cars.taste, cars.popularity]).all()
    assert "Else" in listed(graph, 4)
    assert "Lonely (2024)" not in listed(graph, 4)
    assert listed(graph, 5).keys() & {"Toy Story (1995)", "Ronin (1998)"}
    guest = preview(graph, place, films=["A Bug's Life"])
    assert "Cars (2006)" in {each.movie for each in guest}
    assert why_not(graph, place, 1, "Lonely").reason is Reason.UNKNOWN
    assert why_not(graph, place, 1, "Cars").reason is Reason.RECOMMENDED
    recommend(graph, place, top_k=1, users=[1])
    assert "Else" not in listed(graph, 1)
    found = why_not(graph, place, 1, "Else")
    assert found.reason is Reason.OUTRANKED
    assert np.isfinite([*present(found.film).parts.values()]).all()

    entities = read_dataset(graph).num_entities
    assert clean_graph(graph).nodes == entities
    assert graph.schema is MOVIELENS
    assert "rkan" not in repr(everything(graph)).lower()
    graph.write(raw(LOST))
    assert everything(graph) == before
    with pytest.raises(GraphContentError, match="nothing to clean"):
        clean_graph(graph)


WARNED = [
    (
        "MATCH (p {sku: 4}) SET p.label = 'Heat!'",
        "MATCH (p {sku: 4}) SET p.label = 'Heat'",
        "its name was",
    ),
    (
        "MATCH ({sku: 4})-[r:IN_SECTION]->() DELETE r",
        "MATCH (p {sku: 4}), (s:Section {name: 'Crime'}) CREATE (p)-[:IN_SECTION]->(s)",
        "between items and attributes",
    ),
    (
        "MATCH (p {sku: 4}), (s:Section {name: 'Comedy'}) CREATE (p)-[:IN_SECTION]->(s)",
        "MATCH ({sku: 4})-[r:IN_SECTION]->(:Section {name: 'Comedy'}) DELETE r",
        "between items and attributes",
    ),
    (
        "MATCH ({number: 'C-1'})-[r:BOUGHT]->({sku: 4}) SET r.stars = 1.0",
        "MATCH ({number: 'C-1'})-[r:BOUGHT]->({sku: 4}) SET r.stars = 4.0",
        "another time or rating",
    ),
    (
        "MATCH (c {number: 'C-4'}) SET c.number = 'C-0'",
        "MATCH (c {number: 'C-0'}) SET c.number = 'C-4'",
        "its key was 'C-4' and is now 'C-0'",
    ),
    (
        "MATCH (c {number: 'C-4'}) REMOVE c:Customer",
        "MATCH (c {number: 'C-4'}) SET c:Customer",
        "'user 4' was prepared, and now lacks its label",
    ),
]


def test_what_is_gone_or_has_changed_is_refused_and_numbers_stay(graph, place):
    """Customers have texts as keys, so the new one would come first in a new split."""
    with pytest.raises(GraphContentError, match="has not prepared this graph"):
        update_graph(graph)
    make_shop(graph)
    graph.write(raw("MATCH (c:Customer) SET c.number = 'C-' + c.number"))
    split_shop(graph)
    save_network(graph, place)
    for change, back, message in WARNED:
        graph.write(raw(change))
        with pytest.raises(GraphContentError, match=f"{message}.*--replace"):
            update_graph(graph)
        graph.write(raw(back))
    with pytest.raises(GraphContentError, match="the description is not"):
        update_graph(graph, described(name="other"))
    before: list[object] = []
    with pytest.MonkeyPatch.context() as patch, pytest.raises(ZeroDivisionError):
        graph.write(
            raw("MATCH (c {number: 'C-4'}), (p {sku: 6}) CREATE (c)-[:BOUGHT {at: 99}]->(p)")
        )
        before += everything(graph)
        patch.setattr("pipeline.adoption.update.groupby", lambda *_, **__: 1 / 0)
        update_graph(graph)
    assert everything(graph) == before
    assert update_graph(graph).interactions == 1
    assert recommend(graph, place, top_k=1).users == 4

    numbers = read_histories(graph)
    graph.write(raw(GAINED.replace("number: 5", "number: 'A-5'")))
    update_graph(graph)
    now = read_histories(graph)
    assert now.user_ids.tolist() == [*numbers.user_ids.tolist(), 5]
    assert now.user_entities[:4].tolist() == numbers.user_entities.tolist()
    assert read_dataset(graph).num_entities == now.user_entities[4] + 5
    with pytest.raises(CheckpointError, match="knows only the users and items"):
        recommend(graph, place)
