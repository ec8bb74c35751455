"""``pipeline paths``: show the paths between a user and a movie."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from typing import TYPE_CHECKING

import rich_click as click

from pipeline.cli.options import home_option, json_option, print_json
from pipeline.cli.text import argument_for, echo, print_next, with_id
from pipeline.home import Home
from pipeline.schema import MOVIELENS

if TYPE_CHECKING:
    from pipeline.paths.pair import PathReport
    from pipeline.schema import GraphSchema


@click.command("paths")
@click.argument("user")
@click.argument("movie")
@click.option(
    "--max-hops",
    type=click.Choice(["2", "3", "5", "7"]),
    default="3",
    show_default=True,
    help="Maximum relationships per path; 2 for paths over WATCHED_NEXT and SIMILAR.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Maximum number of paths; short paths and rare attributes come first.",
)
@click.option("--through-users", is_flag=True, help="Also show paths through other users.")
@json_option
@home_option
def command(
    user: str,
    movie: str,
    max_hops: str,
    limit: int,
    through_users: bool,
    as_json: bool,
    home: Home,
) -> None:
    """Show the paths from USER (a userId or name) to MOVIE (a movieId or a title).

    Paths contain no held-out ratings, and never the user's own rating of the movie.

    Example: pipeline paths 1 "Toy Story" --max-hops 5 --limit 10

    Example: pipeline paths 1 "Toy Story" --max-hops 2
    """
    from pipeline.connect import open_graph
    from pipeline.content.lookup import named_user
    from pipeline.paths.pair import pair_paths

    with open_graph(home) as graph:
        schema = graph.schema
        report = pair_paths(
            graph,
            named_user(graph, user),
            movie,
            max_hops=int(max_hops),
            through_users=through_users,
            limit=limit,
        )
    if as_json:
        print_json(_document(report))
    else:
        _print(report, limit, user, schema)


def _document(report: PathReport) -> dict[str, object]:
    return {
        **asdict(report),
        "paths": [{"hops": path.hops, **asdict(path)} for path in report.paths],
    }


def _print(report: PathReport, limit: int, user: str, schema: GraphSchema) -> None:
    movie, movie_id = report.movie.name, report.movie.movie_id
    user = str(report.user.user_id) if schema is MOVIELENS else user
    pair = f"user {user} and {with_id(movie, movie_id, schema)}"
    if not report.paths:
        echo(f"There is no path of at most {report.max_hops} hops between {pair}.")
        return
    for path in report.paths:
        echo(f"{path.hops} hops  {path}")
    count = len(report.paths)
    more = " (there may be more; see --limit)" if count == limit else ""
    echo(f"{count} path{'' if count == 1 else 's'} between {pair}{more}")
    named = f"{shlex.quote(user)} {argument_for(movie, movie_id, schema)}"
    print_next(f"pipeline why-not {named}", "whether it is recommended, or what it lacks")
