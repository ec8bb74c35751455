"""``pipeline split``: prepare a graph that something else has made."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click
from click.core import ParameterSource

from pipeline.cli.options import home_option, json_option, print_json
from pipeline.cli.text import echo, print_next
from pipeline.content.splits import PER_USER, SPLITS, SplitKind
from pipeline.home import Home

if TYPE_CHECKING:
    from pipeline.adoption.split import SplitSummary
    from pipeline.description import Description


@click.command("split")
@click.argument("description", type=click.Path(path_type=Path), required=False)
@click.option(
    "--test-fraction",
    type=float,
    default=0.2,
    show_default=True,
    help="Share of the interactions to hold out for testing; 0 for none.",
)
@click.option(
    "--split",
    type=click.Choice(SPLITS),
    default=PER_USER,
    show_default=True,
    help="Hold out the end of each user's history, or all after one point in time.",
)
@click.option(
    "--tie-seed",
    type=click.IntRange(min=0),
    help="Draw the order of a user's equal times, and of all where there are no times.",
)
@click.option(
    "--replace", is_flag=True, help="First remove what an earlier split added, with its runs."
)
@click.option(
    "--update",
    is_flag=True,
    help="Take in what the graph has gained since; trained runs stay usable.",
)
@json_option
@home_option
@click.pass_context
def command(
    context: click.Context,
    description: Path | None,
    test_fraction: float,
    split: SplitKind,
    tie_seed: int | None,
    replace: bool,
    update: bool,
    as_json: bool,
    home: Home,
) -> None:
    """Prepare the graph in the database, which something else has made, for recommending.

    DESCRIPTION is a TOML file that says which nodes are users and items; pipeline init proposes
    one. Your labels, properties and relationships stay as they are. What is added has names that
    begin with Rkan: numbers of the nodes, and relationships for what trains and what is held out.
    pipeline clean removes all of it. Of several interactions of a user with one item, the first
    counts.

    With --update, new users, items, attributes and interactions are taken in: the new interactions
    train, what is held out stays, and no training is needed before pipeline recommend. It needs no
    DESCRIPTION. What has changed or is gone needs --replace.

    Example: pipeline split graph.toml

    Example: pipeline split --update

    Example: pipeline split graph.toml --test-fraction 0 --replace
    """
    from pipeline.connect import open_graph
    from pipeline.description import read_description

    if update:
        _refuse_others(context)
    elif description is None:
        raise click.UsageError("name the file with the description; pipeline init proposes one")
    described = None if description is None else read_description(description)
    if described is None or update:
        _update(home, described, as_json)
        return
    from pipeline.adoption.split import split_graph

    with open_graph(home) as graph:
        summary = split_graph(
            graph,
            described,
            test_fraction=test_fraction,
            split=split,
            tie_seed=tie_seed,
            replace=replace,
        )
    if as_json:
        print_json(asdict(summary))
        return
    for line in lines(summary):
        echo(line)
    print_next("pipeline train", "learn to recommend")


def _refuse_others(context: click.Context) -> None:
    """Refuse the options of a new split, which an update would not follow."""
    for name in ("test_fraction", "split", "tie_seed", "replace"):
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            option = name.replace("_", "-")
            raise click.UsageError(f"--update keeps how the graph was split; leave out --{option}")


def _update(home: Home, described: Description | None, as_json: bool) -> None:
    """Take in what is new, and say what it was."""
    from pipeline.adoption.update import update_graph
    from pipeline.connect import open_graph

    with open_graph(home) as graph:
        summary = update_graph(graph, described)
    if as_json:
        print_json(asdict(summary))
    elif summary.unchanged:
        echo(f"{summary.dataset}: nothing is new; nothing was written ({summary.seconds:.1f} s)")
    else:
        echo(
            f"{summary.dataset}: {summary.users:,} new users, {summary.items:,} new items, "
            f"{summary.attributes:,} new attributes and {summary.interactions:,} new interactions "
            f"({summary.seconds:.1f} s)"
        )
        print_next("pipeline recommend", "recommend with what is new; training can wait")


def lines(summary: SplitSummary) -> list[str]:
    """Return what was found and prepared, in words."""
    state = "nothing changed" if summary.unchanged else f"{summary.seconds:.1f} s"
    found = [
        f"{summary.dataset}: {summary.users:,} users, {summary.items:,} items and "
        f"{summary.attributes:,} attributes; {summary.train:,} interactions train and "
        f"{summary.held_out:,} are held out ({state})"
    ]
    if summary.repeated:
        found.append(f"{summary.repeated:,} later interactions with the same item do not count.")
    if not summary.timed:
        found.append("The interactions have no time, so the order of each history was drawn.")
    return found
