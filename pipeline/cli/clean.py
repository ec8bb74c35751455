"""``pipeline clean``: take everything out of a graph that pipeline split added."""

from __future__ import annotations

from dataclasses import asdict

import rich_click as click

from pipeline.cli.options import home_option, json_option, print_json
from pipeline.cli.text import echo
from pipeline.home import Home


@click.command("clean")
@json_option
@home_option
def command(as_json: bool, home: Home) -> None:
    """Remove everything that the pipeline added to a graph of someone else, and nothing else.

    Its numbers, names and vectors on nodes, its relationships, recommendations, runs, constraints
    and indexes go. What was there before pipeline split stays, to the last property. Checkpoints
    stay in the home's folder.

    Example: pipeline clean
    """
    from pipeline.adoption.clean import clean_graph
    from pipeline.connect import open_graph

    with open_graph(home) as graph:
        summary = clean_graph(graph)
    if as_json:
        print_json(asdict(summary))
    else:
        echo(
            f"Removed {summary.relationships:,} relationships and {summary.indexes:,} indexes and "
            f"constraints, and cleaned {summary.nodes:,} nodes."
        )
