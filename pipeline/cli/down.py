"""pipeline down: stop the local Neo4j."""

from __future__ import annotations

import rich_click as click

from pipeline.cli.options import home_option, json_option, print_json
from pipeline.cli.text import echo
from pipeline.home import Home


@click.command("down")
@json_option
@home_option
def command(as_json: bool, home: Home) -> None:
    """Stop the local Neo4j of this home and keep the graph. Never stops the server at NEO4J_URI.

    Example: pipeline down
    """
    from pipeline.server.engines import stop_server

    stopped = stop_server(home)
    if as_json:
        print_json({"stopped": stopped})
    else:
        echo("Neo4j was stopped." if stopped else "No Neo4j was running in this home.")
