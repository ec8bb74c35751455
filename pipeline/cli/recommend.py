"""``pipeline recommend``: write each user's top-k movies with explanations into the graph."""

from __future__ import annotations

import dataclasses
from typing import Any

import rich_click as click

from pipeline.cli.browse import print_view
from pipeline.cli.options import device_option, home_option, json_option, print_json
from pipeline.cli.text import print_next
from pipeline.home import Home


def _user_ids(context: Any, parameter: Any, value: str | None) -> list[int] | None:
    if value is None:
        return None
    try:
        return [int(part) for part in value.split(",")]
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a list of userIds such as 1,2,3") from None


@click.command(name="recommend")
@click.option("--run-id", metavar="RUN", help="Recommend with this run [the newest checkpoint].")
@click.option(
    "--top-k",
    type=click.IntRange(1, 2**31 - 1),
    help="Movies per user [as the run is configured, usually 10].",
)
@click.option(
    "--users",
    metavar="IDS",
    callback=_user_ids,
    help="Recommend only to these userIds, such as 1,2,3.",
)
@device_option
@json_option
@home_option
def command(
    home: Home,
    run_id: str | None,
    top_k: int | None,
    users: list[int] | None,
    device: str,
    as_json: bool,
) -> None:
    """Recommend movies to every user and store them with the paths that explain them.

    Writes RECOMMENDED relationships with the run's id, a Run node, and the embeddings with a
    vector index. Running it again replaces the run's recommendations in one transaction.

    Example: pipeline recommend --top-k 10

    Example: pipeline recommend --users 1,2,3
    """
    from pipeline.connect import open_graph, server_status
    from pipeline.explanation.browsing import first_picture
    from pipeline.recommendation.recommend import recommend

    with open_graph(home) as graph:
        summary = recommend(graph, home, run_id=run_id, users=users, top_k=top_k, device=device)
        server = server_status(home, graph)
        picture = first_picture(graph, server, summary.run_id, users)
    if as_json:
        print_json(dataclasses.asdict(summary))
        return
    click.echo(
        f"{summary.recommendations} recommendations for {summary.users} users of "
        f"{summary.dataset}, run {summary.run_id}, in {summary.seconds:.1f} s"
    )
    if summary.replaced:
        click.echo(f"Replaced {summary.replaced} earlier recommendations.")
    if summary.unexplained:
        click.echo(f"{summary.unexplained} of them have no path that explains them.")
    if summary.short_lists:
        click.echo(
            f"{summary.short_lists} users got fewer than {summary.top_k} movies, because they have "
            "no other candidates."
        )
    if summary.skipped_users:
        click.echo(f"{summary.skipped_users} users have no training rating and were skipped.")
    if picture is not None:
        print_next(f"pipeline explain {picture.user_id}", "the reasons in words")
        print_view(picture, server)
