"""The command line: `python -m benchmarks`, or `make bench`."""

from __future__ import annotations

import importlib
import json
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from benchmarks.stages import STAGES
from pipeline.errors import ConfigError, PipelineError
from pipeline.progress import say

if TYPE_CHECKING:
    from benchmarks.bench import Bench
    from benchmarks.pairing import Figure


class _Failure(click.ClickException):
    """An expected error: one line, without a traceback."""

    def __init__(self, error: PipelineError) -> None:
        super().__init__(str(error))
        self.exit_code = error.exit_code  # type: ignore[misc]  # declared for the class


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--quick", is_flag=True, help="Do less of everything: meant for five minutes.")
@click.option(
    "--only",
    type=click.Choice(STAGES),
    multiple=True,
    metavar="STAGE",
    help=f"Measure only this stage; may be repeated. Stages: {', '.join(STAGES)}.",
)
@click.option(
    "--dataset",
    metavar="NAME|FOLDER",
    help="The data, as load-kg takes it [ml-100k].",
)
@click.option("--folder", metavar="FOLDER", help="A folder with the data, instead of --dataset.")
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path), help="File for every repetition."
)
@click.option(
    "--plot",
    "plot_file",
    type=click.Path(path_type=Path),
    help="File for a plot, such as ratios.svg.",
)
def command(
    quick: bool,
    only: tuple[str, ...],
    dataset: str | None,
    folder: str | None,
    json_file: Path | None,
    plot_file: Path | None,
) -> None:
    """Measure how fast each stage is, beside a reference in the same run.

    Starts a Neo4j of its own in a temporary folder and ends it. A ratio is the median of paired
    repetitions: how many times as fast as its reference this project is.

    Example: python -m benchmarks --quick

    Example: python -m benchmarks --only paths --json paths.json --plot paths.svg

    Example: make bench BENCH_FLAGS="--dataset ml-1m --only training"
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the server is ended, too
    try:
        if dataset is not None and folder is not None:
            raise ConfigError("give --dataset or --folder, not both")
        _run(quick, only, dataset or folder or "ml-100k", json_file, plot_file)
    except PipelineError as error:
        raise _Failure(error) from error


def _run(
    quick: bool, only: tuple[str, ...], source: str, json_file: Path | None, plot_file: Path | None
) -> None:
    from benchmarks.bench import Bench
    from benchmarks.document import machine
    from benchmarks.server import Server, temporary_home

    if Path(source).exists():
        source = str(Path(source).resolve())
    figures: list[Figure] = []
    with temporary_home() as home:
        bench = Bench(Server(home), home, source, quick=quick)
        about = machine(bench.server.version)
        try:
            for stage in STAGES:
                if not only or stage in only:
                    figures += _measured(stage, bench)
        finally:  # an interruption loses no more than one stage
            bench.server.close()
            if figures:
                _show(about, bench, figures, json_file, plot_file)


def _measured(stage: str, bench: Bench) -> list[Figure]:
    started = time.monotonic()
    found: list[Figure] = []
    for figure in importlib.import_module(f"benchmarks.stages.{stage}").measure(bench):
        say(f"measured {stage}: {figure.name}")
        found.append(figure)
    say(f"{stage} took {time.monotonic() - started:.0f} s")
    return found


def _show(
    about: dict[str, Any],
    bench: Bench,
    figures: list[Figure],
    json_file: Path | None,
    plot_file: Path | None,
) -> None:
    from rich.console import Console

    from benchmarks.document import document, headline
    from benchmarks.table import WIDTH, table

    console = Console(width=WIDTH)
    console.print(headline(about), highlight=False)
    console.print(table(figures))
    if json_file:
        found = document(about, bench, figures)
        json_file.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if plot_file:
        from benchmarks.plot import draw

        draw(figures, plot_file)


if __name__ == "__main__":
    command(prog_name="python -m benchmarks")
