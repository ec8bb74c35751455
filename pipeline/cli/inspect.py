"""``pipeline inspect``: show what a graph holds, and how it may be described."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import rich_click as click

from pipeline.cli.options import home_option, json_option, print_json
from pipeline.cli.text import echo, print_next
from pipeline.home import Home

if TYPE_CHECKING:
    from pipeline.adoption.inspect import Inspection, Property

_SHOWN = 8  # properties of a line


@click.command("inspect")
@json_option
@home_option
def command(as_json: bool, home: Home) -> None:
    """Show what the database holds: labels, relationships, their numbers and properties.

    The properties are those of a sample of 1,000 nodes or relationships. What the pipeline itself
    has added is left out. At the end come the parts of a description that pipeline init would
    write, and what in it is a guess.

    Example: pipeline inspect
    """
    from pipeline.adoption.inspect import inspect_graph
    from pipeline.connect import open_graph

    with open_graph(home) as graph:
        found = inspect_graph(graph)
    if as_json:
        proposed = found.proposed
        described = None if proposed is None else tomllib.loads(proposed.to_toml())
        print_json({**asdict(replace(found, proposed=None)), "proposed": described})
        return
    for line in _lines(found):
        echo(line)
    if found.proposed is not None:
        print_next("pipeline init", "write the description, to be checked and corrected")


def _lines(found: Inspection) -> list[str]:
    lines = [
        "Nodes",
        *(f"  {each.name}: {each.number:,}{_properties(each.properties)}" for each in found.labels),
        "",
        "Relationships",
    ]
    for tie in found.ties:
        ends = f"({tie.source})-[{tie.type}]->({tie.target})"
        lines.append(f"  {ends}: {tie.number:,}{_properties(tie.properties)}")
    lines.append("")
    if found.proposed is None:
        lines.append("No description can be proposed:")
    else:
        proposed = found.proposed
        lines.append(
            f"It looks as if {proposed.user.label} nodes are users, {proposed.item.label} nodes "
            f"items, and {proposed.interaction.type} what users do with items. To check:"
        )
    lines += [f"  {each}" for each in found.unsure]
    return lines


def _properties(properties: tuple[Property, ...]) -> str:
    if not properties:
        return ""
    named = [each.name + (" (unique)" if each.constrained else "") for each in properties[:_SHOWN]]
    more = len(properties) - _SHOWN
    return f"; {', '.join(named)}" + (f" and {more} more" if more > 0 else "")
