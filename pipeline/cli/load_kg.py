"""pipeline load-kg: read a data set and put it into the graph."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import rich_click as click

from pipeline.cli.options import home_option, json_option, print_json
from pipeline.cli.text import echo, print_next, print_table
from pipeline.errors import ConfigError
from pipeline.home import Home, expand_folder

if TYPE_CHECKING:
    from pipeline.content.splits import SplitKind
    from pipeline.load.kg import LoadSummary


@click.command("load-kg")
@click.argument("folder", required=False)
@click.option(
    "--dataset",
    metavar="NAME|FOLDER",
    help="ml-100k, ml-1m, ml-latest-small, ml-25m, ml-32m, or a folder.",
)
@click.option(
    "--imdb",
    metavar="FOLDER|download|none",
    default="none",
    show_default=True,
    help="IMDb's TSV files, to add people and genres to the movies.",
)
@click.option(
    "--test-fraction",
    type=float,
    default=0.2,
    show_default=True,
    help="Fraction of the ratings to hold out, the latest ones; from 0 to below 1.",
)
@click.option(
    "--split",
    type=click.Choice(["per-user-time", "global-time"]),
    default="per-user-time",
    show_default=True,
    help="Hold out each user's latest ratings, or all ratings after one point in time.",
)
@click.option(
    "--tie-seed",
    type=int,
    metavar="N",
    help="Seed to shuffle a user's ratings with equal timestamps [input order].",
)
@click.option(
    "--strict-links",
    is_flag=True,
    help="Refuse facts that seem to stand on wrong movies; by default they are reported.",
)
@click.option("--replace", is_flag=True, help="First remove another data set and its runs.")
@json_option
@home_option
def command(
    folder: str | None,
    dataset: str | None,
    imdb: str,
    test_fraction: float,
    split: str,
    tie_seed: int | None,
    strict_links: bool,
    replace: bool,
    as_json: bool,
    home: Home,
) -> None:
    """Load a data set into the graph: movies, people, genres, and ratings split by time.

    FOLDER holds ratings.csv and movies.csv, or the files of a MovieLens release. It may also hold
    other things than films: a description, graph.toml, with the CSV files of docs/own_graph.md, or
    RecBole's atomic files. Loading the same data again changes nothing. To resume an interrupted
    load, run it again.

    Example: pipeline load-kg --dataset ml-100k

    Example: pipeline load-kg my-ratings --test-fraction 0.1 --replace

    Example: pipeline load-kg --dataset ml-100k --split global-time --tie-seed 1 --replace
    """
    if (folder is None) == (dataset is None):
        raise ConfigError("give one data set: a folder, or --dataset with a name or a folder")
    from pipeline.connect import open_graph
    from pipeline.content.splits import check_test_fraction, check_tie_seed
    from pipeline.load.facts import read_tables
    from pipeline.load.kg import load_kg
    from pipeline.sources.atomic import is_atomic
    from pipeline.sources.described import is_described

    place = expand_folder(folder or dataset or "")
    if place.is_dir() and (is_described(place) or is_atomic(place)):
        _load_described(
            place,
            home,
            as_json=as_json,
            test_fraction=test_fraction,
            split=cast("SplitKind", split),
            tie_seed=tie_seed,
            strict_links=strict_links,
            replace=replace,
        )
        return
    check_test_fraction(test_fraction)
    check_tie_seed(tie_seed)
    tables = read_tables(folder or dataset or "", imdb, home, strict_links=strict_links)
    with open_graph(home) as graph:
        summary = load_kg(
            graph,
            tables,
            test_fraction=test_fraction,
            split=cast("SplitKind", split),
            tie_seed=tie_seed,
            replace=replace,
            quarantine=home.quarantine,
        )
    if as_json:
        print_json(asdict(summary))
    else:
        print_summary(summary)


def _load_described(
    folder: Path, home: Home, *, as_json: bool, strict_links: bool, **options: Any
) -> None:
    from pipeline.adoption.folder import load_folder
    from pipeline.cli.split import lines
    from pipeline.connect import open_graph
    from pipeline.load.facts import read_own_tables

    tables = read_own_tables(folder, strict_links=strict_links)
    with open_graph(home) as graph:
        summary = load_folder(graph, tables, quarantine=home.quarantine, **options)
    if as_json:
        print_json(summary.document())
        return
    for line in lines(summary.split):
        echo(line)
    echo(f"Rows read: {summary.rows_read:,}, refused: {summary.rows_refused:,}")
    for line in summary.facts:
        echo(f"Facts: {line}")
    if summary.quarantine:
        echo(f"Refused rows: {summary.quarantine}")
    print_next("pipeline train", "learn to recommend")


def print_summary(summary: LoadSummary) -> None:
    """Print a summary of the load to standard output, as a table."""
    from rich import box
    from rich.table import Table

    state = "unchanged, nothing written" if summary.unchanged else f"{summary.seconds:.1f} s"
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("Item")
    table.add_column("Number", justify="right")
    for label, number in (summary.nodes | summary.relationships).items():
        table.add_row(label, f"{number:,}", end_section=label == list(summary.nodes)[-1])
    table.add_section()
    table.add_row("test fraction", f"{summary.test_fraction:g}")
    table.add_row("split", summary.split)
    if summary.tie_seed is not None:
        table.add_row("tie seed", str(summary.tie_seed))
    table.add_row("movies without attributes", f"{summary.movies_without_attributes:,}")
    table.add_row("rows read", f"{summary.rows_read:,}")
    table.add_row("rows loaded", f"{summary.rows_loaded:,}")
    table.add_row("rows refused", f"{summary.rows_refused:,}")
    echo(f"{summary.dataset} in the graph ({state})")
    print_table(table)
    echo(f"Source: {summary.source}")
    for line in summary.links:
        echo(f"Links: {line}")
    if summary.review:
        echo(f"Uncertain links: {summary.review}")
    if summary.quarantine:
        echo(f"Refused rows: {summary.quarantine}")
    print_next("pipeline train", "learn to recommend")
