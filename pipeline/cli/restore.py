"""``pipeline restore``: put a backup into the local database."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import rich_click as click

from pipeline.cli.backup import managed_only
from pipeline.cli.options import home_option, json_option, print_json
from pipeline.cli.text import echo, print_next
from pipeline.home import Home


@click.command("restore")
@click.argument("file", type=Path)
@click.option("--replace", is_flag=True, help="DELETE the graph that is there.")
@json_option
@home_option
def command(file: Path, replace: bool, as_json: bool, home: Home) -> None:
    """Make the database in FILE, written by pipeline backup, that of the local Neo4j.

    The file is checked and loaded beside the graph before anything changes. If this is interrupted,
    the home has the old graph or the new one. A running server is stopped and started again.
    Checkpoints in the file are added; those of runs that are there already stay as they are.

    Example: pipeline restore films.tar

    Example: pipeline restore films.tar --replace --home ~/other
    """
    from pipeline.server.restore import restore

    managed_only(home, "load")
    done = restore(home, file, replace=replace)
    if as_json:
        print_json(dataclasses.asdict(done))
        return
    echo(f"Restored the backup of {done.created}, Neo4j {done.neo4j}, into {home.root}")
    if done.runs:
        echo(f"Checkpoints added: {', '.join(done.runs)}")
    if done.kept:
        echo(f"Checkpoints that were there already: {', '.join(done.kept)}")
    print_next("pipeline doctor", "check it")
