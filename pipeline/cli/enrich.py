"""pipeline enrich: relationships between movies that the ratings imply."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Literal, cast

import rich_click as click

from pipeline.cli.options import home_option, json_option, print_json
from pipeline.enrichment.config import EnrichConfig
from pipeline.home import Home

if TYPE_CHECKING:
    from pipeline.enrichment.enrich import EnrichSummary


@click.command("enrich")
@click.option(
    "--similar",
    type=click.Choice(["ease", "cosine"]),
    default=EnrichConfig.similar,
    show_default=True,
    help="Weights of SIMILAR; cosine for graphs with more than 20,000 rated movies.",
)
@click.option(
    "--neighbours",
    type=click.IntRange(min=1),
    default=EnrichConfig.neighbours,
    show_default=True,
    help="Relationships of each type that leave a movie, at most.",
)
@click.option("--remove", is_flag=True, help="Remove these relationships instead.")
@json_option
@home_option
def command(similar: str, neighbours: int, remove: bool, as_json: bool, home: Home) -> None:
    """Join movies by what the training ratings say: WATCHED_NEXT and SIMILAR, with weights.

    WATCHED_NEXT counts how often a movie followed another in users' histories, SIMILAR holds the
    weights of EASE or cosines. Held-out ratings are never read. Where these relationships are there
    already, nothing changes; those of other ratings or options are replaced.

    Example: pipeline enrich

    Example: pipeline enrich --similar cosine --neighbours 50
    """
    from pipeline.connect import open_graph
    from pipeline.enrichment.enrich import enrich_all, remove_enrichment

    with open_graph(home) as graph:
        if remove:
            gone = remove_enrichment(graph)
            if as_json:
                print_json({"relationships_removed": gone})
            else:
                click.echo(f"{gone:,} relationships removed")
            return
        method = cast(Literal["ease", "cosine"], similar)
        config = replace(EnrichConfig(), similar=method, neighbours=neighbours)
        summary = enrich_all(graph, config)
    if as_json:
        print_json(asdict(summary))
    else:
        click.echo(_line(summary))


def _line(summary: EnrichSummary) -> str:
    state = "nothing changed" if summary.unchanged else f"{summary.seconds:.1f} s"
    return (
        f"{summary.dataset}: {summary.watched_next:,} WATCHED_NEXT and {summary.similar:,} SIMILAR "
        f"({summary.method}), at most {summary.neighbours} of each per movie ({state})"
    )
