"""``pipeline why-not``: say why a film is not on a user's list."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import rich_click as click

from pipeline.cli.options import device_option, home_option, json_option, print_json
from pipeline.cli.text import argument_for, count_of, echo, print_filled, with_id
from pipeline.explanation.wording import been_rated
from pipeline.home import Home
from pipeline.schema import MOVIELENS

if TYPE_CHECKING:
    from pipeline.explanation.why_not import Standing, WhyNot
    from pipeline.schema import GraphSchema

_WORDS = {
    "score": "score",
    "taste": "taste as a whole",
    "popularity": "popularity",
    "WATCHED_NEXT": "paths: watched next",
    "SIMILAR": "paths: watched too",
    "MAKER": "paths: directors and writers",
    "ACTOR": "paths: actors",
    "GENRE": "paths: genres",
    "USERS": "paths: other users",
    "PEOPLE": "paths: two people",
    "LINKED": "paths: linked",
    "KNOWN": "paths: people you know",
}
_SHOWN = 0.005  # least absolute number that is not 0.00
_SHORT = 6  # most letters of a word that the head of the table has room for


@click.command(name="why-not")
@click.argument("user")
@click.argument("film")
@click.option(
    "--run-id", metavar="RUN", help="The list of this run [the newest with recommendations]."
)
@device_option
@json_option
@home_option
def command(
    home: Home, user: str, film: str, run_id: str | None, device: str, as_json: bool
) -> None:
    """Say why FILM (a movieId or title) is not on the list of USER (a userId or name).

    The film's score is compared with that of the last film on the list. With RKAN-history, the
    difference is split into taste, popularity and each kind of paths. Needs the run's checkpoint.

    Example: pipeline why-not 1 "Toy Story (1995)"
    """
    from pipeline.connect import open_graph
    from pipeline.content.lookup import named_user
    from pipeline.explanation.why_not import why_not

    with open_graph(home) as graph:
        user_id = named_user(graph, user)
        found = why_not(graph, home, user_id, film, run_id=run_id, device=device)
        schema = graph.schema
    if as_json:
        print_json({**dataclasses.asdict(found), "gaps": found.gaps})
        return
    name = str(user_id) if schema is MOVIELENS else user
    print_filled(_answer(found, name, schema))
    if found.film is not None and found.last is not None:
        echo()
        last = with_id(found.last.movie, found.last.movie_id, schema)
        print_filled(f"Compared with the last {schema.words.item} on the list, {last}:")
        for line in _compared(found.film, found.last, schema):
            echo(line)
    echo()
    echo(_next(found, shlex.quote(name), schema))


def _answer(found: WhyNot, user: str, schema: GraphSchema) -> str:
    film, words = with_id(found.movie, found.movie_id, schema), schema.words
    films = partial(count_of, one=words.item, several=words.items)
    match found.reason:
        case "rated":
            stars = "" if found.stars is None else f": {found.stars:g} stars"
            done = "rated" if stars else been_rated(schema)
            return f"User {user} has already {done} {film}{stars}."
        case "recommended":
            return f"{film} is recommended to user {user}, at rank {found.rank}."
        case "unknown":
            return f"{film} has no training rating, so it is not ranked for this user."
        case "not proposed":
            return (
                f"{film} is not on the list of user {user}: the network ranks the "
                f"{films(found.ranked)} that it proposes, and this one has place {found.place:,} "
                f"of {found.proposable:,} there. As an extra candidate it would have rank "
                f"{found.rank:,}, and the list has {films(found.top_k)}."
            )
    return (
        f"{film} is not on the list of user {user}: it has rank {found.rank:,} of "
        f"{found.ranked:,}, and the list has {films(found.top_k)}."
    )


def _compared(film: Standing, last: Standing, schema: GraphSchema = MOVIELENS) -> Iterator[str]:
    """Yield a table of both scores and their parts, the greatest lack first."""
    item, names = schema.words.item, _names(schema)
    item = item if len(item) <= _SHORT else "one"
    yield _row("", f"this {item}", f"last {item}", "difference")
    yield _numbers("score", film.score, last.score)
    kept = [
        name for name in film.parts if max(abs(film.parts[name]), abs(last.parts[name])) >= _SHOWN
    ]
    for name in sorted(kept, key=lambda name: film.parts[name] - last.parts[name]):
        yield _numbers(f"  {names.get(name, name)}", film.parts[name], last.parts[name])
    if film.paths is not None and last.paths is not None:
        less = f"{film.paths - last.paths:+,}"
        yield _row("number of paths", f"{film.paths:,}", f"{last.paths:,}", less)


def _names(schema: GraphSchema) -> dict[str, str]:
    """Return what the summands are called in the table."""
    if schema is MOVIELENS:
        return _WORDS
    own = {
        "WATCHED_NEXT": f"paths: {schema.words.seen} next",
        "SIMILAR": f"paths: {schema.words.seen} too",
        "MAKER": "paths: makers",
        "PEOPLE": "paths: two attributes",
    }
    return _WORDS | own


def _numbers(name: str, film: float, last: float) -> str:
    return _row(name, f"{film:.2f}", f"{last:.2f}", f"{film - last:+.2f}")


def _row(*cells: str) -> str:
    first, *others = cells
    return f"{first:<34}" + "".join(f"{cell:>12}" for cell in others)


def _next(found: WhyNot, user: str, schema: GraphSchema) -> str:
    film = argument_for(found.movie, found.movie_id, schema)
    pair, items = f"{user} {film}", schema.words.items
    run = "" if found.run_id is None else f" --run-id {found.run_id}"
    if found.reason == "recommended" and found.stored:
        return f"The reasons for it: pipeline explain {pair}{run}"
    if found.reason == "recommended":
        return f"To store this list: pipeline recommend --users {found.user_id}{run}"
    if found.reason == "rated":
        return f"{items.capitalize()} like it: pipeline similar {film}"
    if found.reason == "unknown":
        return f"Other {items}, with their numbers of ratings: pipeline search WORDS"
    return f"The paths that lead to it: pipeline paths {pair}"
