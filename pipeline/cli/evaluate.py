"""``pipeline evaluate``: print a table of ranking metrics."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import rich_click as click

from pipeline.cli.explanation_table import print_quality
from pipeline.cli.options import home_option, json_option, print_json
from pipeline.cli.text import echo, print_next, print_table
from pipeline.home import Home
from pipeline.printable import one_line

if TYPE_CHECKING:
    from pipeline.evaluation.evaluate import Evaluation


@click.command(name="evaluate")
@click.option("--run-id", metavar="RUN", help="Evaluate this run [the newest].")
@click.option("--explanations", is_flag=True, help="Measure the explanations of the run instead.")
@click.option(
    "--against",
    metavar="RUN",
    help="With --explanations: also compare lists and reasons with this run, such as another seed.",
)
@json_option
@home_option
def command(
    home: Home, run_id: str | None, explanations: bool, against: str | None, as_json: bool
) -> None:
    """Evaluate a run on the held-out ratings, and compare it with the most popular movies.

    mrr_sum@10 is the paper's MRR (the sum over all hits), mrr@10 the standard one. Cold-start users
    have fewer than 5 held-out ratings. Novelty (bits), diversity (of people and genres), coverage
    (of the candidates) and the explained share describe lists without saying how good they are.
    The metrics are also stored on the Run node.

    With --explanations, nothing is stored. Path metrics and curves are means over users. Shares of
    the score, curves and the deletion test are only for scores that are sums of paths.

    Example: pipeline evaluate --json

    Example: pipeline evaluate --explanations --against rkan-history-ml100k-2
    """
    if against is not None and not explanations:
        raise click.UsageError("--against needs --explanations")
    from pipeline.connect import open_graph
    from pipeline.evaluation.evaluate import evaluate

    with open_graph(home) as graph:
        if explanations:
            from pipeline.evaluation.explanations import evaluate_explanations

            quality = evaluate_explanations(graph, home, run_id=run_id, against=against)
            if as_json:
                print_json(dataclasses.asdict(quality))
            else:
                print_quality(quality)
            return
        evaluation = evaluate(graph, run_id=run_id)
    if as_json:
        print_json(dataclasses.asdict(evaluation))
    else:
        print_evaluation(evaluation)
        print_next("pipeline evaluate --explanations", "what the explanations say, in figures")


def print_evaluation(evaluation: Evaluation) -> None:
    """Print the table and the notes for reading it to standard output."""
    from rich.box import SIMPLE
    from rich.table import Table

    rows = sorted(evaluation.rows, key=lambda row: row.group)
    title = one_line(f"{evaluation.dataset}, run {evaluation.run_id}")
    table = Table(title=title, title_justify="left", box=SIMPLE)
    table.add_column("metric")
    for row in rows:
        table.add_column(f"{row.method}\n{row.group}\n({row.users:,})", justify="right")
    for name in evaluation.rows[0].metrics:
        figures = (f"{row.metrics[name]:.4f}" if name in row.metrics else "–" for row in rows)
        table.add_row(name, *figures)
    print_table(table)
    echo(
        f"{evaluation.explained_share:.1%} of {evaluation.recommendations} recommendations have a "
        "path that explains them"
    )
    if evaluation.users_without_held_out:
        echo(
            f"{evaluation.users_without_held_out} users have no held-out ratings and were not "
            "evaluated"
        )
    for warning in evaluation.warnings:
        echo(f"Note: {warning}")
