"""How the stages grow with the data; `python -m benchmarks.scale`.

Generated data (benchmarks/generate.py) of several fractions of MovieLens-32M goes through all
stages, each fraction with a Neo4j of its own in a temporary folder.
"""

from __future__ import annotations

import json
import signal
from dataclasses import asdict
from pathlib import Path

import rich_click as click
from rich.console import Console

from benchmarks.document import headline, machine
from benchmarks.scale_stages import EPOCHS, GENERATE, STAGES, Run, measure
from benchmarks.scale_table import (
    WIDTH,
    beside,
    growths,
    problems,
    share,
    stage_tables,
    trainer_table,
)
from pipeline.progress import say
from pipeline.server.jars import neo4j_version


def _fractions(_: click.Context, __: click.Parameter, text: str) -> list[float]:
    try:
        found = sorted({float(each) for each in text.split(",")})
    except ValueError:
        raise click.BadParameter("give numbers with commas between them") from None
    if not all(0 < each < 100 for each in found):
        raise click.BadParameter("each must be above 0 and below 100")
    return found


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--fractions",
    default="0.01,0.03",
    show_default=True,
    callback=_fractions,
    help="Parts of MovieLens-32M, with commas between them.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--limit", type=float, default=600.0, show_default=True, help="Seconds for each stage."
)
@click.option("--heap", default="2g", show_default=True, help="Largest Java heap of Neo4j.")
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for data and figures. A later run goes on after the last stage that ended.",
)
@click.option(
    "--until",
    type=click.Choice([GENERATE, *STAGES]),
    default="recommend",
    show_default=True,
    help="The last stage to run.",
)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="File for all figures.")
@click.option(
    "--plot", "plot_file", type=click.Path(path_type=Path), help="File for a plot, such as .svg."
)
def command(
    fractions: list[float],
    seed: int,
    limit: float,
    heap: str,
    keep: Path | None,
    until: str,
    json_file: Path | None,
    plot_file: Path | None,
) -> None:
    """Measure time and memory of each stage on generated data of several sizes.

    SIMILAR is computed by cosine at every size, and training takes one epoch of each phase.

    Example: python -m benchmarks.scale --fractions 0.001,0.003

    Example: python -m benchmarks.scale --json scale.json --plot scale.svg

    Example: python -m benchmarks.scale --fractions 0.1 --keep scale --until enrich
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the server is ended, too
    about = machine(neo4j_version())
    runs: list[Run] = []
    for fraction in fractions:
        run = Run(fraction)
        for run in measure(fraction, seed, limit, heap, keep, until):
            last = run.stages[-1]
            state = last.problem or f"took {last.seconds:.1f} s"
            say(f"{share(fraction)}: {last.name} {state}")
            if json_file:
                text = json.dumps(_document(about, [*runs, run]), indent=2)
                json_file.write_text(text + "\n", encoding="utf-8")
        runs.append(run)
    console = Console(width=WIDTH)
    console.print(headline(about), highlight=False)
    for table in stage_tables(runs):
        console.print(table)
    for line in problems(runs):
        console.print(line, highlight=False)
    console.print(trainer_table(runs))
    if plot_file:
        from benchmarks.scale_plot import draw

        draw(runs, plot_file)


def _document(about: dict[str, object], runs: list[Run]) -> dict[str, object]:
    return {
        "machine": about,
        "epochs_of_each": dict.fromkeys(EPOCHS, 1),
        "runs": [
            {
                **asdict(run),
                "trainer_beside_mib": beside(run),
                "growth": {each.stage.name: each.growth for each in rows},
            }
            for run, rows in growths(runs)
        ],
    }


if __name__ == "__main__":
    command(prog_name="python -m benchmarks.scale")
