"""``pipeline search``: find movies and people by name."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import rich_click as click

from pipeline.cli.options import home_option, json_option, print_json
from pipeline.cli.text import argument_for, count_of, echo, print_filled, with_id
from pipeline.explanation.wording import with_article
from pipeline.home import Home
from pipeline.schema import MOVIELENS

if TYPE_CHECKING:
    from pipeline.explanation.search import Match
    from pipeline.schema import GraphSchema


@click.command(name="search")
@click.argument("words", nargs=-1, required=True)
@click.option(
    "--limit",
    type=click.IntRange(1, 2**31 - 1),
    default=10,
    show_default=True,
    help="Maximum number of movies and people.",
)
@json_option
@home_option
def command(home: Home, words: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find movies and people whose names have the given WORDS, also with typos.

    The best matches come first, with their ids in brackets (where these are not the names
    themselves). Of equal matches, movies with more ratings and people with more films come first.

    Example: pipeline search toy storry

    Example: pipeline search "Tom Hanks" --limit 3
    """
    from pipeline.connect import open_graph
    from pipeline.explanation.search import search

    with open_graph(home) as graph:
        found, schema = search(graph, words, limit=limit), graph.schema
    if as_json:
        print_json([dataclasses.asdict(each) for each in found])
        return
    for place, each in enumerate(found, start=1):
        name = each.name if each.key == each.name else with_id(each.name, each.key, schema)
        print_filled(f"{place}. {name}, {_described(each, schema)}", indent="   ")
    if not found:
        text = repr(" ".join(words))
        if schema is MOVIELENS:
            print_filled(f"No movie and no person has a name like {text}.")
        else:
            print_filled(f"No {schema.words.item} and no attribute has a name like {text}.")
    echo()
    print_filled(_next(found, schema))


def _described(each: Match, schema: GraphSchema) -> str:
    item, items = schema.words.item, schema.words.items
    if each.is_movie:
        return count_of(each.ratings, "rating", "ratings")
    done = {"directed": each.directed, "wrote": each.wrote, "acted in": each.acted}
    if schema is not MOVIELENS:
        done = {"maker of": each.directed, "part of": each.acted}
    parts = [(verb, number) for verb, number in done.items() if number]
    if not parts:
        return f"no {items}"
    first, *others = parts
    texts = [f"{first[0]} {count_of(first[1], item, items)}"]
    return ", ".join(texts + [f"{verb} {number:,}" for verb, number in others])


def _next(found: list[Match], schema: GraphSchema) -> str:
    films = [each for each in found if each.is_movie]
    if films:
        film = argument_for(films[0].name, films[0].key, schema)
        items = schema.words.items.capitalize()
        return f"{items} like {films[0].name}: pipeline similar {film}"
    if found:
        movie = "movie" if schema is MOVIELENS else schema.words.item
        return (
            f"Whether they lead a user to {with_article(movie)}: "
            f"pipeline paths USER {movie.upper()}"
        )
    return "Try fewer letters or other words: pipeline search WORDS"
