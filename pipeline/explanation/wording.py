"""Words for the items of a graph, in titles and messages."""

from __future__ import annotations

from pipeline.schema import MOVIELENS, GraphSchema


def with_article(noun: str) -> str:
    """Return a noun with "a" or "an"."""
    return f"{'an' if noun[:1].lower() in tuple('aeio') else 'a'} {noun}"


def rated(schema: GraphSchema) -> str:
    """Return the past tense of what users do: "rated", or that of another graph."""
    return "rated" if schema is MOVIELENS else schema.words.saw


def been_rated(schema: GraphSchema) -> str:
    """Return the participle of what users do: "rated", or that of another graph."""
    return "rated" if schema is MOVIELENS else schema.words.seen
