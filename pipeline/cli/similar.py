"""``pipeline similar``: find films that are like a film."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

import rich_click as click

from pipeline.cli.options import home_option, json_option, print_json
from pipeline.cli.text import argument_for, echo, print_filled, with_id
from pipeline.explanation.wording import with_article
from pipeline.home import Home

if TYPE_CHECKING:
    from pipeline.explanation.similar import SharedPerson, SimilarFilm, SimilarReport
    from pipeline.schema import GraphSchema, ItemWords

_SHOWN = 3  # people who are named


@click.command(name="similar")
@click.argument("film")
@click.option(
    "--limit",
    type=click.IntRange(1, 2**31 - 1),
    default=10,
    show_default=True,
    help="Maximum number of films.",
)
@json_option
@home_option
def command(home: Home, film: str, limit: int, as_json: bool) -> None:
    """Find films like FILM (a movieId or a title), and say why they are.

    Needs the derived relationships: films that the same people watched, and films that people
    watched soon after it. Directors, writers and actors of both films are named.

    Example: pipeline similar "Toy Story"

    Example: pipeline similar 1 --limit 3
    """
    from pipeline.connect import open_graph
    from pipeline.explanation.similar import similar_films

    with open_graph(home) as graph:
        report, schema = similar_films(graph, film, limit=limit), graph.schema
    if as_json:
        print_json(dataclasses.asdict(report))
    else:
        _print(report, schema)


def _print(report: SimilarReport, schema: GraphSchema) -> None:
    film, words = with_id(report.movie, report.movie_id, schema), schema.words
    if not report.films:
        seen = _people(report.watchers)
        print_filled(f"No {words.item} is known to be like {film}, which {seen} {words.saw}.")
        echo()
        echo(f"Other {words.items}: pipeline search WORDS")
        return
    print_filled(f"{words.items.capitalize()} like {film}:")
    for place, each in enumerate(report.films, start=1):
        name = with_id(each.movie, each.movie_id, schema)
        print_filled(f"{place}. {name}", indent="   ")
        for reason in _reasons(report, each, words):
            print_filled(reason, indent="   ", first="   ")
    first = report.films[0]
    best = argument_for(first.movie, first.movie_id, schema)
    echo()
    echo(f"Why {with_article(words.item)} is not on a user's list: pipeline why-not USER {best}")


def _reasons(report: SimilarReport, each: SimilarFilm, words: ItemWords) -> Iterator[str]:
    saw = words.saw
    who = f"of the {_people(report.watchers)} who {saw} {report.movie}"
    within = f"{words.watched} it within their next {report.steps} {words.items}"
    if each.too is not None and each.soon is not None:
        yield f"{each.too:,} {who} {saw} it too; {each.soon:,} {within}"
    elif each.too is not None:
        yield f"{each.too:,} {who} {saw} it too"
    elif each.soon is not None:
        yield f"{each.soon:,} {who} {within}"
    if each.people:
        yield f"both made with {_named(each.people)}"


def _named(people: list[SharedPerson]) -> str:
    names = [
        person.name if person.person_id == person.name else f"{person.name} [{person.person_id}]"
        for person in people[:_SHOWN]
    ]
    more = len(people) - _SHOWN
    names += [f"{more} more"] if more > 0 else []
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"
