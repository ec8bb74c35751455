"""pipeline status: which Neo4j the commands use, and whether it answers."""

from __future__ import annotations

import sys

import rich_click as click

from pipeline.cli.options import home_option, json_option, print_json
from pipeline.cli.up import show
from pipeline.home import Home


@click.command("status")
@json_option
@home_option
def command(as_json: bool, home: Home) -> None:
    """Show which Neo4j the commands use: addresses, password file, log, data, running or not.

    Exit code 0 when it answers, 1 when it does not.

    Example: pipeline status --json
    """
    from pipeline.connect import database_status
    from pipeline.server.types import ServerStatus

    status = database_status(home)
    if as_json:
        never = dict.fromkeys(ServerStatus.__dataclass_fields__) | {"running": False}
        print_json(status.to_json() if status else never)
    elif status is None:
        click.echo("No Neo4j was started in this home yet; start one: pipeline up")
    else:
        show(status)
    sys.exit(0 if status and status.running else 1)
