"""``pipeline browse``: open the graph in Neo4j Browser."""

from __future__ import annotations

import dataclasses
import os
import sys
import webbrowser
from typing import TYPE_CHECKING

import rich_click as click

from pipeline.cli.options import home_option, json_option, print_json
from pipeline.cli.text import echo, echo_lines
from pipeline.home import Home

if TYPE_CHECKING:
    from pipeline.explanation.browsing import View
    from pipeline.server.types import ServerStatus


@click.command(name="browse")
@click.argument("user", required=False)
@click.argument("movie", required=False)
@click.option("--run-id", metavar="RUN", help="Show recommendations of this run [the newest].")
@click.option("--guide", is_flag=True, help="Open a guided tour, served until Ctrl-C.")
@click.option(
    "--open/--print",
    "opens",
    default=None,
    help="Open the link, or only print it [open it in a terminal with a screen].",
)
@json_option
@home_option
def command(
    home: Home,
    user: str | None,
    movie: str | None,
    run_id: str | None,
    guide: bool,
    opens: bool | None,
    as_json: bool,
) -> None:
    """Open Neo4j Browser with a query: the graph, USER's recommendations, or why MOVIE is one.

    USER is a userId or name, MOVIE a movieId or title. In Browser, log in with the password named
    here, and press the play button beside the query.

    Example: pipeline browse 1

    Example: pipeline browse 1 "Star Wars"

    Example: pipeline browse --guide
    """
    from pipeline.connect import open_graph, server_status
    from pipeline.content.lookup import find_movie, named_user
    from pipeline.explanation.browsing import browse
    from pipeline.explanation.guide import serve_guide

    with open_graph(home) as graph:
        server = server_status(home, graph)
        user_id = None if user is None else named_user(graph, user)
        if guide:
            with serve_guide(graph, server, user_id, run_id=run_id) as served:
                _show(served.view, server, opens)
                echo("The guide is served until you press Ctrl-C.")
                served.wait()
            return
        movie_id = None if movie is None else find_movie(graph, movie).movie_id
        shown = browse(graph, server, user_id, movie_id, run_id=run_id)
    if as_json:
        print_json(dataclasses.asdict(shown))
    else:
        _show(shown, server, opens)


def _show(shown: View, server: ServerStatus, opens: bool | None) -> None:
    print_view(shown, server)
    if shown.link is not None and (_has_screen() if opens is None else opens):
        webbrowser.open(shown.link)


def print_view(shown: View, server: ServerStatus) -> None:
    """Print a link into Browser, or the query where Browser's address is unknown."""
    if shown.link is None:
        echo(f"See {shown.title}: paste this into Neo4j Browser of {server.uri}")
        echo()
        echo_lines(shown.query)
        return
    echo(f"See {shown.title}:")
    echo(f"  {shown.link}")
    if server.password_file is not None:
        echo(f"The password is in {server.password_file}")


def _has_screen() -> bool:
    """Return True if a person at this machine would see a browser window."""
    if not sys.stdout.isatty():
        return False
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
