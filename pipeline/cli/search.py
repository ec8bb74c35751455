"""``pipeline search``: find movies and people by name."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import rich_click as click

from pipeline.cli.options import home_option, json_option, print_json
from pipeline.cli.text import echo, print_filled
from pipeline.home import Home

if TYPE_CHECKING:
    from pipeline.explanation.search import Match


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
        found = search(graph, words, limit=limit)
    if as_json:
        print_json([dataclasses.asdict(each) for each in found])
        return
    for place, each in enumerate(found, start=1):
        key = "" if each.key == each.name else f" [{each.key}]"
        line = f"{place}. {each.name}{key}, {_described(each)}"
        print_filled(line, indent="   ")
    if not found:
        print_filled(f"No movie and no person has a name like {' '.join(words)!r}.")
    echo()
    print_filled(_next(found))


def _described(each: Match) -> str:
    if each.is_movie:
        return _count(each.ratings, "rating")
    done = {"directed": each.directed, "wrote": each.wrote, "acted in": each.acted}
    parts = [(verb, number) for verb, number in done.items() if number]
    if not parts:
        return "no films"
    first, *others = parts
    texts = [f"{first[0]} {_count(first[1], 'film')}"]
    return ", ".join(texts + [f"{verb} {number:,}" for verb, number in others])


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _next(found: list[Match]) -> str:
    films = [each for each in found if each.is_movie]
    if films:
        return f"Films like {films[0].name}: pipeline similar {films[0].key}"
    if found:
        return "Whether they lead a user to a movie: pipeline paths USER MOVIE"
    return "Try fewer letters or other words: pipeline search WORDS"
