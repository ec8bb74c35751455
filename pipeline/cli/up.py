"""pipeline up: start the local Neo4j."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from pipeline.cli.options import home_option, json_option, print_json
from pipeline.home import Home

if TYPE_CHECKING:
    from pipeline.server.chosen import Engine
    from pipeline.server.types import ServerStatus


@click.command("up")
@click.option("--bolt-port", type=int, metavar="N", help="Bolt's port [the last used, else 7687].")
@click.option("--http-port", type=int, metavar="N", help="Browser's [the last used, else 7474].")
@click.option("--heap", metavar="SIZE", help="Java's largest heap, such as 2g [PIPELINE_HEAP].")
@click.option(
    "--docker/--managed",
    "docker",
    default=None,
    help="In Docker, or as a process of its own [the last used, else --managed].",
)
@json_option
@home_option
def command(
    bolt_port: int | None,
    http_port: int | None,
    heap: str | None,
    docker: bool | None,
    as_json: bool,
    home: Home,
) -> None:
    """Start the local Neo4j, or find it running. Other commands do so by themselves.

    The first start downloads Neo4j (155 MB); later ones need no network. Ports and password stay
    the same from start to start.

    Example: pipeline up --heap 2g
    """
    from pipeline.connect import start_own_server

    engine: Engine | None = None if docker is None else "docker" if docker else "managed"
    status = start_own_server(
        home, engine=engine, bolt_port=bolt_port, http_port=http_port, heap=heap
    )
    if as_json:
        print_json(status.to_json())
    else:
        show(status)


def show(status: ServerStatus) -> None:
    """Print what is known of a server, a line each; the password only by its file."""
    name = f"Neo4j {status.version}" if status.version else "Neo4j"
    click.echo(f"{name} {'runs' if status.running else 'does not answer'}")
    rows = {
        "Bolt": status.uri,
        "User": status.user,
        "Password": status.password_file and f"in {status.password_file}",
        "Browser": status.browser,
        "Kind": status.kind,
        "Process": status.pid,
        "Container": status.container,
        "Log": status.log,
        "Data": status.store,
        "Problem": status.problem,
    }
    for name, value in rows.items():
        if value is not None:
            click.echo(f"  {name + ':':<11}{value}")
