"""pipeline up: start the local Neo4j."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from pipeline.cli.options import home_option, json_option, print_json
from pipeline.cli.text import echo
from pipeline.home import Home

if TYPE_CHECKING:
    from pipeline.server.chosen import Engine
    from pipeline.server.types import ServerStatus


@click.command("up")
@click.option("--bolt-port", type=int, metavar="N", help="Bolt port [last used, else 7687].")
@click.option(
    "--http-port", type=int, metavar="N", help="HTTP port of Browser [last used, else 7474]."
)
@click.option("--heap", metavar="SIZE", help="Largest Java heap, such as 2g [PIPELINE_HEAP].")
@click.option(
    "--docker/--managed",
    "docker",
    default=None,
    help="Run in Docker or as a local process [last used, else --managed].",
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
    """Start the local Neo4j, or reuse a running one. Other commands start it when needed.

    The first start downloads Neo4j (155 MB); later ones need no network. Ports and password stay
    the same between starts.

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
    """Print the status of a server, one item per line. The password itself is never shown."""
    name = f"Neo4j {status.version}" if status.version else "Neo4j"
    echo(f"{name} {'is running' if status.running else 'does not answer'}")
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
            echo(f"  {name + ':':<11}{value}")
