"""pipeline status: show which Neo4j the commands use, and whether it answers."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import rich_click as click

from pipeline.cli.options import home_option, json_option, print_json
from pipeline.cli.text import echo
from pipeline.cli.up import show
from pipeline.home import Home

if TYPE_CHECKING:
    from pipeline.content.dataset import Dataset


@click.command("status")
@json_option
@home_option
def command(as_json: bool, home: Home) -> None:
    """Show which Neo4j the commands use, whether it is running, and its data set and split.

    The exit code is 0 if it answers, 1 if it does not.

    Example: pipeline status --json
    """
    from pipeline.connect import database_status
    from pipeline.server.types import ServerStatus

    status = database_status(home)
    held = _held(home) if status and status.running else None
    if as_json:
        never = dict.fromkeys(ServerStatus.__dataclass_fields__) | {"running": False}
        print_json({**(status.to_json() if status else never), "dataset": _plain(held)})
    elif status is None:
        echo("No Neo4j was started in this home yet; start one: pipeline up")
    else:
        show(status)
        if held is not None:
            dataset, complete = held
            echo(f"  Dataset:   {'' if complete else 'part of '}{dataset}")
    sys.exit(0 if status and status.running else 1)


def _held(home: Home) -> tuple[Dataset, bool] | None:
    """Return the data set in the running database, and True if it is complete."""
    from pipeline.connect import open_graph
    from pipeline.content.dataset import find_dataset

    with open_graph(home) as graph:
        return find_dataset(graph)


def _plain(held: tuple[Dataset, bool] | None) -> dict[str, Any] | None:
    return None if held is None else {**asdict(held[0]), "complete": held[1]}
