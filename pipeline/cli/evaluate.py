"""``pipeline evaluate``: print a table of ranking metrics."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import rich_click as click

from pipeline.cli.options import home_option, json_option, print_json
from pipeline.home import Home

if TYPE_CHECKING:
    from pipeline.evaluation.evaluate import Evaluation
    from pipeline.evaluation.explanations import ExplanationQuality

_WIDTH = 160  # minimum width of the table, also in a pipe or a small terminal


@click.command(name="evaluate")
@click.option("--run-id", metavar="RUN", help="Evaluate this run [the newest].")
@click.option(
    "--explanations",
    is_flag=True,
    help="Measure the explanations of the run instead; only for scores that are sums of paths.",
)
@json_option
@home_option
def command(home: Home, run_id: str | None, explanations: bool, as_json: bool) -> None:
    """Evaluate a run on the held-out ratings, and compare it with the most popular movies.

    mrr_sum@10 is the paper's MRR (the sum over all hits), mrr@10 the standard one. Cold-start users
    have fewer than 5 held-out ratings. Novelty (bits), diversity (of people and genres), coverage
    (of the candidates) and the explained share describe lists without saying how good they are.
    The metrics are also stored on the Run node.

    Example: pipeline evaluate --json

    Example: pipeline evaluate --explanations
    """
    from pipeline.connect import open_graph
    from pipeline.evaluation.evaluate import evaluate

    with open_graph(home) as graph:
        if explanations:
            from pipeline.evaluation.explanations import evaluate_explanations

            quality = evaluate_explanations(graph, home, run_id=run_id)
            if as_json:
                print_json(dataclasses.asdict(quality))
            else:
                _print_quality(quality)
            return
        evaluation = evaluate(graph, run_id=run_id)
    if as_json:
        print_json(dataclasses.asdict(evaluation))
    else:
        print_evaluation(evaluation)


def print_evaluation(evaluation: Evaluation) -> None:
    """Print the table and the notes for reading it to standard output."""
    from rich.console import Console
    from rich.table import Table

    names = list(evaluation.rows[0].metrics)
    table = Table(title=f"{evaluation.dataset}, run {evaluation.run_id}", title_justify="left")
    for name in ("users", "method"):
        table.add_column(name)
    for name in names:
        table.add_column(name, justify="right")
    for row in sorted(evaluation.rows, key=lambda row: row.group):
        values = (f"{row.metrics[name]:.4f}" if name in row.metrics else "–" for name in names)
        table.add_row(f"{row.group} ({row.users})", row.method, *values)
    Console(width=max(Console().width, _WIDTH), highlight=False).print(table)
    click.echo(
        f"{evaluation.explained_share:.1%} of {evaluation.recommendations} recommendations have a "
        "path that explains them"
    )
    if evaluation.users_without_held_out:
        click.echo(
            f"{evaluation.users_without_held_out} users have no held-out ratings and were not "
            "evaluated"
        )
    for warning in evaluation.warnings:
        click.echo(f"Note: {warning}")


def _print_quality(quality: ExplanationQuality) -> None:
    click.echo(
        f"{quality.dataset}, run {quality.run_id}: {quality.recommendations:,} recommendations"
    )
    shares = ", ".join(f"{name} {share:.1%}" for name, share in quality.shares.items())
    leading = ", ".join(f"{name} {share:.1%}" for name, share in quality.leading.items())
    lines = [
        ("share of paths in the absolute score, mean", f"{quality.path_share:.1%}"),
        ("share of each summand, mean", shares),
        ("share of the stored paths, mean", f"{quality.shown_share:.1%}"),
        ("paths count against the movie", f"{quality.negative:.2%}"),
        ("score minus its summands, at most", f"{quality.largest_gap:.1e}"),
        ("first reason by its last relationship", leading),
        ("a person is on a stored path", f"{quality.with_person:.1%}"),
        ("first reason through a disliked movie, avoidable", f"{quality.disliked:.2%}"),
    ]
    test = quality.deletion
    if test is not None:
        lines.append(
            (
                "score falls by, without the strongest path",
                f"{test.strongest:.3f}; without a random one {test.random:.3f}; "
                f"difference {test.low:.3f} to {test.high:.3f}",
            )
        )
    width = max(len(name) for name, _ in lines)
    for name, value in lines:
        click.echo(f"  {name:<{width}}  {value}")
