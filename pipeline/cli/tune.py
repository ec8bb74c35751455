"""``pipeline tune``: search the settings of methods on an inner split."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import rich_click as click

from pipeline.cli.compare import EXTRA
from pipeline.cli.options import device_option, home_option, json_option, need_extra, print_json
from pipeline.cli.text import echo
from pipeline.home import Home
from pipeline.private import usual_files


@click.command(name="tune")
@click.option("--methods", metavar="NAME,NAME,...", help="Methods to tune [all baselines].")
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    default=30,
    show_default=True,
    help="Settings to try per method, including those of earlier calls.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    help="Start no trial of a method later than this after its first [no limit].",
)
@click.option(
    "--output",
    metavar="FILE",
    type=Path,
    default=Path("comparison/tuned.toml"),
    show_default=True,
    help="File for the best settings, read by compare --config; trials are stored beside it.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Seed of the search.",
)
@device_option
@json_option
@home_option
def command(
    home: Home,
    methods: str | None,
    trials: int,
    seconds: float | None,
    output: Path,
    seed: int,
    device: str,
    as_json: bool,
) -> None:
    """Search the settings of methods, scored on the last part of the users' training histories.

    Tunes baselines and, where they are named, rkan and rkan-history. A trial trains the method; a
    network's trial that starts worse than most is stopped early. A network's best settings go to
    a file of its own beside the output, for train --config. Held-out ratings are not read. Running
    it again continues the search. Needs the packages of the extra "compare".

    Example: pipeline tune --methods ease,sasrec --trials 20 --output tuned.toml

    Example: pipeline tune --methods rkan-history --trials 30
    """
    need_extra("compare", EXTRA)
    from model.baselines import METHODS
    from pipeline.connect import open_graph
    from pipeline.tuning.tune import tune

    names = tuple(METHODS) if methods is None else tuple(methods.replace(" ", "").split(","))
    with open_graph(home) as graph, usual_files():
        found = tune(
            graph,
            names,
            trials=trials,
            seconds=seconds,
            output=output,
            seed=seed,
            device=device,
        )
    if as_json:
        print_json([dataclasses.asdict(tuned) for tuned in found])
        return
    for tuned in found:
        settings = ", ".join(f"{name} = {value}" for name, value in tuned.settings.items())
        before = tuned.default_validation
        defaults = "" if before is None else f"defaults {before:.4f}, "
        echo(
            f"{tuned.method}: mrr_sum@10 {tuned.validation:.4f} "
            f"({defaults}{tuned.trials} trials): {settings}"
        )
    echo(f"Settings: {output}")
