"""A graph that something else made: a shop's customers, products and what products are made of."""

from typing import Any

from pipeline.adoption.split import split_graph
from pipeline.description import parse_description
from pipeline.queries import Query
from tests.support.film_graph import tables

INTERACTION = {
    "type": "BOUGHT",
    "time": "at",
    "rating": "stars",
    "past": "bought",
    "participle": "bought",
}
DESCRIPTION: dict[str, Any] = {
    "name": "shop",
    "user": {"label": "Customer", "key": "number", "name": "fullName"},
    "item": {
        "label": "Pro`duct",
        "key": "sku",
        "name": "label",
        "year": "released",
        "singular": "product",
        "plural": "products",
    },
    "interaction": INTERACTION,
    "attribute": [
        {"type": "MADE BY", "label": "Maker", "key": "code", "name": "title", "words": "Made by"},
        {"type": "FEATURES", "label": "Maker", "key": "code", "name": "title", "role": "actor"},
        {"type": "IN_SECTION", "label": "Section", "key": "name", "name": "name", "role": "genre"},
    ],
}
_CUSTOMERS = """
UNWIND $rows AS row
CREATE (:Customer {number: row.userId, fullName: 'user ' + row.userId, userId: 'theirs'})
"""
_PRODUCTS = """
UNWIND $rows AS row
CREATE (:`Pro``duct`:Sold {sku: row.movieId, label: row.title, released: row.year, name: 'theirs'})
"""
_BOUGHT = """
UNWIND $rows AS row
MATCH (c:Customer {number: row.userId})
MATCH (p:`Pro``duct` {sku: row.movieId})
CREATE (c)-[:BOUGHT {at: datetime({epochSeconds: row.timestamp}), stars: row.rating}]->(p)
"""
_MAKERS = """
UNWIND $rows AS row
MATCH (p:`Pro``duct` {sku: row.movieId})
MERGE (m:Maker {code: row.personId}) SET m.title = row.name
FOREACH (_ IN CASE WHEN row.relation = 'ACTED_IN' THEN [] ELSE [1] END |
  MERGE (p)-[:`MADE BY`]->(m))
FOREACH (_ IN CASE WHEN row.relation = 'ACTED_IN' THEN [1] ELSE [] END |
  MERGE (p)<-[:FEATURES]-(m))
"""
_SECTIONS = """
UNWIND $rows AS row
MATCH (p:`Pro``duct` {sku: row.movieId})
MERGE (s:Section {name: row.genre})
MERGE (p)-[:IN_SECTION]->(s)
"""


def described(**changes):
    """The description of the shop."""
    return parse_description(DESCRIPTION | changes, "shop.toml")


def raw(text, *parameters):
    """A query in the owner's names, which is sent as it is."""
    return Query("tests", text, "", frozenset(parameters), renamed=True)


def make_shop(graph, source=None):
    """Fill the graph as its owner would, with films as products: by default those of film_graph."""
    source = tables("films") if source is None else source
    for text, frame in (
        (_CUSTOMERS, source.ratings[["userId"]].drop_duplicates()),
        (_PRODUCTS, source.movies),
        (_BOUGHT, source.ratings),
        (_MAKERS, source.credits),
        (_SECTIONS, source.genres),
    ):
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        graph.write(raw(text, "rows"), rows=rows)


def split_shop(graph, **options):
    """Prepare the shop for recommending."""
    return split_graph(graph, described(), **{"test_fraction": 0.2, **options})


def everything(graph):
    """All nodes, relationships, constraints and indexes of a graph, to the last property."""
    nodes = "MATCH (n) RETURN elementId(n) AS id, labels(n) AS labels, properties(n) AS own"
    ties = "MATCH ()-[r]->() RETURN elementId(r) AS id, type(r) AS type, properties(r) AS own"
    schema = "SHOW INDEXES YIELD name, type, labelsOrTypes, properties RETURN *"
    return [
        sorted(
            (repr(sorted(row.items(), key=str)) for row in graph.read(raw(text))),
        )
        for text in (nodes, ties, schema)
    ]
