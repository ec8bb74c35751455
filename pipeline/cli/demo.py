"""``pipeline demo``: run all stages on MovieLens-100K."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING

import rich_click as click

from pipeline.cli.browse import print_view
from pipeline.cli.evaluate import print_evaluation
from pipeline.cli.options import device_option, home_option, json_option, print_json
from pipeline.cli.text import echo, print_next, print_wrapped
from pipeline.home import Home

if TYPE_CHECKING:
    from pipeline.demo import DemoResult
    from pipeline.server.types import ServerStatus

_SHOWN = 3  # recommendations shown per user


@click.command(name="demo")
@click.option(
    "--replace", is_flag=True, help="Replace other data in the graph with MovieLens-100K."
)
@device_option
@json_option
@home_option
def command(home: Home, replace: bool, device: str, as_json: bool) -> None:
    """Load MovieLens-100K, train, recommend, evaluate and explain, in a few minutes.

    Running it again reuses the loaded data and the trained network, and recommends the same movies.

    Example: pipeline demo
    """
    from pipeline.demo import run_demo
    from pipeline.networks.configuration import load_config

    result = run_demo(home, load_config(), replace=replace, device=device)
    if as_json:
        document = dataclasses.asdict(result)
        print_json({**document, "server": result.server.to_json()})
        return
    _print_recommendations(result)
    print_evaluation(result.evaluation)
    echo()
    _print_server(result.server)
    if result.drawing is not None:
        print_view(result.drawing, result.server)
    print_next("pipeline browse --guide", "a tour of the graph in Neo4j Browser")


def _print_recommendations(result: DemoResult) -> None:
    for user, explanations in result.explanations.items():
        echo()
        echo(f"User {user}")
        for each in explanations[:_SHOWN]:
            echo(f"  {each.rank}. {each.movie}")
            for sentence in each.sentences:
                print_wrapped(f"     - {sentence}", indent="       ")
    echo()


def _print_server(server: ServerStatus) -> None:
    """Print address and credentials; the password goes only to a terminal, never to a log."""
    if server.browser is None:
        echo(f"The graph is at {server.uri}, user {server.user}.")
        return
    echo(f"Neo4j Browser: {server.browser}")
    echo(f"Connect to {server.browser_bolt or server.uri} as user {server.user}")
    if server.password_file is not None and sys.stdout.isatty():
        echo(f"Password: {server.password_file.read_text().strip()}")
