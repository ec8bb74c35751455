"""``pipeline compare``: compare RKAN with the paper's baselines and strong simple methods."""

from __future__ import annotations

import shlex
import sys
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from pipeline.cli.options import device_option, home_option, json_option, need_extra, print_json
from pipeline.cli.text import echo, print_table
from pipeline.errors import ConfigError
from pipeline.home import Home
from pipeline.private import usual_files

if TYPE_CHECKING:
    from pipeline.comparison.compare import Comparison

_METRICS = ("P@1", "P@10", "mrr_sum@10", "recall@10", "nDCG@10")  # the report has all
EXTRA = ("implicit", "jinja2", "matplotlib", "optuna", "pyarrow", "scipy", "sklearn")


@click.command(name="compare")
@click.option(
    "--methods",
    metavar="NAME,NAME,...",
    help="Methods to compare, or all [all except ablations and rankings by closeness].",
)
@click.option(
    "--seeds",
    type=click.IntRange(1, 100),
    default=1,
    show_default=True,
    help="Number of seeds for methods with random draws.",
)
@click.option(
    "--output",
    metavar="FOLDER",
    type=Path,
    default=Path("comparison"),
    show_default=True,
    help="Folder for the report and the results of methods; results in it are reused.",
)
@click.option(
    "--config",
    metavar="FILE",
    type=Path,
    help="TOML file with the methods' settings, such as configs/compare_ml-100k.toml.",
)
@click.option(
    "--cut/--no-cut",
    default=True,
    help="Also train with half of the users' histories cut to their last 4 ratings.",
    show_default=True,
)
@click.option(
    "--thin",
    is_flag=True,
    help="Also test thin evidence: histories cut to 4, 2 and 1 ratings, movies with few ratings or "
    "none.",
)
@click.option(
    "--ablations",
    is_flag=True,
    help="Compare the default network with variants that lack one part each; replaces --methods.",
)
@click.option(
    "--path-length", is_flag=True, help="Also compare RKAN with paths of up to 3, 5 and 7 hops."
)
@click.option(
    "--negatives", is_flag=True, help="Also compare RKAN with 1, 2 and 4 sets of negatives."
)
@click.option(
    "--reference",
    metavar="NAME",
    help="Method that the others are tested against [rkan-history, or else the last].",
)
@device_option
@json_option
@home_option
def command(
    home: Home,
    methods: str | None,
    seeds: int,
    output: Path,
    config: Path | None,
    cut: bool,
    thin: bool,
    ablations: bool,
    path_length: bool,
    negatives: bool,
    reference: str | None,
    device: str,
    as_json: bool,
) -> None:
    """Train and evaluate the networks, the paper's baselines and strong simple methods.

    All methods use the graph's own split. Writes report.html and report.md with tables, tests and
    plots to the output folder, and stores the metrics on the graph's Run nodes. Run an interrupted
    comparison again to resume it. Needs the packages of the extra "compare".

    Example: pipeline compare --config configs/compare_ml-100k.toml --seeds 3

    Example: pipeline compare --methods popular,ease-recent,sasrec,rkan --no-cut --output quick

    Example: pipeline compare --methods popular,ease,watched-next --thin --reference ease

    Example: pipeline compare --ablations --no-cut --seeds 3
    """
    need_extra("compare", EXTRA)
    from pipeline.comparison.compare import compare
    from pipeline.comparison.methods import (
        ablations as ablated,
    )
    from pipeline.comparison.methods import (
        all_names,
        compared_methods,
        default_names,
    )
    from pipeline.comparison.studies import study_plans
    from pipeline.connect import open_graph
    from pipeline.report.publish import plain_values, publish

    if ablations and methods is not None:
        raise ConfigError("--ablations selects the methods itself; leave out --methods")
    if ablations:
        names = ablated()
    elif methods is None:
        names = default_names()
    else:
        names = all_names() if methods == "all" else _names(methods)
    chosen = compared_methods(names, config)
    if reference is not None and reference not in {method.name for method in chosen}:
        raise ConfigError(f"--reference {reference!r} must be one of the methods that are compared")
    asked = {"path-length": path_length, "negatives": negatives}
    studies = study_plans([name for name, wanted in asked.items() if wanted], config)
    with open_graph(home) as graph, usual_files():
        comparison = compare(
            graph,
            chosen,
            seeds=seeds,
            output=output,
            cut=cut,
            thin=thin,
            studies=studies,
            device=device,
        )
    command = shlex.join(["pipeline", *sys.argv[1:]])
    with usual_files():
        files = publish(comparison, output, command=command, reference=reference)
    if as_json:
        print_json(plain_values(comparison, files, reference=reference))
    else:
        _show(comparison, files)


def _names(methods: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in methods.split(",") if name.strip())


def _show(comparison: Comparison, files: tuple[Path, Path]) -> None:
    from rich.box import SIMPLE
    from rich.table import Table

    from pipeline.comparison.statistics import summarise

    titles = {runs.method.name: runs.method.title for runs in comparison.methods}
    for group, rows in summarise(comparison.per_user).groupby("group", sort=False):
        table = Table(title=f"{group} ({rows.users.max()})", title_justify="left", box=SIMPLE)
        table.add_column("method")
        means = rows.pivot_table(index="method", columns="metric", values="mean", sort=False)
        metrics = [metric for metric in _METRICS if metric in means]
        for metric in metrics:
            table.add_column(metric, justify="right")
        for method, figures in means.iterrows():
            shown = ("–" if isnan(figures[name]) else f"{figures[name]:.4f}" for name in metrics)
            table.add_row(titles[str(method)], *shown)
        print_table(table)
    for file in files:
        echo(f"Report: {file}")
