"""``pipeline init``: write a description of the graph that the database holds."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from pipeline.cli.options import home_option
from pipeline.cli.text import echo, print_next
from pipeline.errors import ConfigError, GraphContentError
from pipeline.home import Home


@click.command("init")
@click.argument("file", type=click.Path(path_type=Path), default=Path("graph.toml"))
@click.option("--name", default="graph", show_default=True, help="Name of the data set.")
@click.option("--force", is_flag=True, help="Overwrite the file if it is there.")
@home_option
def command(file: Path, name: str, force: bool, home: Home) -> None:
    """Write FILE, a description of the graph in the database, for pipeline split.

    It is a proposal: what was guessed stands in comments at its beginning. Check and correct it.

    Example: pipeline init

    Example: pipeline init shop.toml --name shop
    """
    from model.atomic_file import write_atomically
    from pipeline.adoption.inspect import inspect_graph
    from pipeline.connect import open_graph
    from pipeline.private import usual_files

    if file.exists() and not force:
        raise ConfigError(f"{file} exists; name another file, or use --force to overwrite it")
    with open_graph(home) as graph:
        found = inspect_graph(graph, name)
    if found.proposed is None:
        raise GraphContentError(
            f"no description can be proposed: {'; '.join(found.unsure)}; see docs/own_graph.md for "
            "how to write one"
        )
    comments = "".join(f"# {line}\n" for line in ("Guessed; check it:", *found.unsure))
    with usual_files():
        write_atomically(file, f"{comments}\n{found.proposed.to_toml()}".encode())
    echo(
        f"Wrote {file}: {found.proposed.user.label} nodes are users, {found.proposed.item.label} "
        f"nodes items."
    )
    for line in found.unsure:
        echo(f"  to check: {line}")
    print_next(f"pipeline split {file}", "prepare the graph")
