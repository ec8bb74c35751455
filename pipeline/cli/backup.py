"""``pipeline backup``: write the local database, and checkpoints, into one file."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import rich_click as click

from pipeline.cli.options import home_option, json_option, print_json
from pipeline.cli.text import echo, print_next
from pipeline.errors import ConfigError
from pipeline.home import Home


@click.command("backup")
@click.argument("file", type=Path)
@click.option("--checkpoints", is_flag=True, help="Include the checkpoints of all runs.")
@json_option
@home_option
def command(file: Path, checkpoints: bool, as_json: bool, home: Home) -> None:
    """Write the database of the local Neo4j into FILE, which only you can read.

    A running server is stopped for it and started again. FILE must not exist. It holds the whole
    graph, with runs and recommendations. Neo4j's users and passwords are left out.

    Example: pipeline backup films.tar

    Example: pipeline backup films.tar --checkpoints
    """
    from pipeline.server.backup import back_up

    managed_only(home, "dump")
    done = back_up(home, file, checkpoints=checkpoints)
    if as_json:
        print_json(dataclasses.asdict(done))
        return
    runs = "1 run" if len(done.runs) == 1 else f"{len(done.runs)} runs"
    with_runs = f", with the checkpoints of {runs}" if checkpoints else ""
    echo(f"Backup of Neo4j {done.neo4j}{with_runs}: {file}, {done.megabytes:g} MB")
    print_next(f"pipeline restore {file} --home FOLDER", "put it into another home")


def managed_only(home: Home, verb: str) -> None:
    """Check that the home's database is the managed server's.

    Raises:
        ConfigError: NEO4J_URI names another server, or the home uses Docker.
    """
    from pipeline.connect import URI_VARIABLE
    from pipeline.server.chosen import read_engine
    from pipeline.server.docker_container import container_name

    uri = os.environ.get(URI_VARIABLE)
    if uri is not None:
        raise ConfigError(
            f"{URI_VARIABLE} is set ({uri}), and the files of that server are not here; on its "
            f"machine, use: neo4j-admin database {verb}; or unset {URI_VARIABLE}"
        )
    if read_engine(home) == "docker":
        raise ConfigError(
            f"the database of {home.root} lies in a volume of the container "
            f"{container_name(home)}; stop it and run in its image, with that volume: neo4j-admin "
            f"database {verb}; or go back to the local process: pipeline up --managed"
        )
