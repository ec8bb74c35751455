"""``pipeline enrich``: add relationships computed from the ratings."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import rich_click as click

from pipeline.cli.options import home_option, json_option, print_json
from pipeline.cli.text import echo, print_next
from pipeline.home import Home

if TYPE_CHECKING:
    from pipeline.enrichment.enrich import EnrichSummary


@click.command("enrich")
@click.option(
    "--similar",
    type=click.Choice(["ease", "cosine"]),
    help="Weights of SIMILAR; use cosine for more than 20,000 rated movies [ease].",
)
@click.option(
    "--neighbours",
    type=click.IntRange(min=1),
    help="Relationships of each type kept per movie, by all ratings and by early ones [100].",
)
@click.option(
    "--run-id",
    metavar="RUN",
    help="Use the settings of this run; replaces --similar and --neighbours.",
)
@click.option("--remove", is_flag=True, help="Remove these relationships instead.")
@json_option
@home_option
def command(
    similar: str | None,
    neighbours: int | None,
    run_id: str | None,
    remove: bool,
    as_json: bool,
    home: Home,
) -> None:
    """Add relationships between movies and between users, from the training ratings.

    WATCHED_NEXT counts how often a movie followed another in users' histories. SIMILAR holds the
    weights of EASE, or cosines. WATCHED_ALIKE joins a user to others who once watched what the
    user has just watched. Held-out ratings are never read. Relationships that are up to date
    are kept; those of other ratings or options are replaced. A run recommends only with the
    relationships that it was trained on: --run-id restores them.

    Example: pipeline enrich

    Example: pipeline enrich --similar cosine --neighbours 50

    Example: pipeline enrich --run-id rkan-history-ml-100k-0123abcd
    """
    from pipeline.connect import open_graph
    from pipeline.enrichment.enrich import enrich_all, remove_enrichment
    from pipeline.runs.derived import chosen_enrichment

    with open_graph(home) as graph:
        if remove:
            gone = remove_enrichment(graph)
            if as_json:
                print_json({"relationships_removed": gone})
            else:
                echo(f"Removed {gone:,} relationships.")
            return
        config = chosen_enrichment(
            graph, home, similar=similar, neighbours=neighbours, run_id=run_id
        )
        summary = enrich_all(graph, config)
    if as_json:
        print_json(asdict(summary))
    else:
        echo(_line(summary))
        print_next("pipeline train", "learn to recommend")


def _line(summary: EnrichSummary) -> str:
    state = "nothing changed" if summary.unchanged else f"{summary.seconds:.1f} s"
    return (
        f"{summary.dataset}: {summary.watched_next:,} WATCHED_NEXT and {summary.similar:,} SIMILAR "
        f"({summary.method}), about {summary.neighbours} of each per movie, and "
        f"{summary.watched_alike:,} WATCHED_ALIKE between users ({state})"
    )
