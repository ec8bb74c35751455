"""``pipeline explain``: explain a user's recommendations."""

from __future__ import annotations

import dataclasses

import rich_click as click

from pipeline.cli.options import home_option, json_option, print_json
from pipeline.home import Home


@click.command(name="explain")
@click.argument("user", type=int)
@click.argument("movie", required=False)
@click.option("--run-id", metavar="RUN", help="Explain recommendations of this run [the newest].")
@click.option(
    "--cypher", is_flag=True, help="Also print a query that draws the paths in Neo4j Browser."
)
@json_option
@home_option
def command(
    home: Home, user: int, movie: str | None, run_id: str | None, cypher: bool, as_json: bool
) -> None:
    """Explain why MOVIE (a movieId or title), or each movie, was recommended to USER (a userId).

    Sentences are in order of attention, those with real names first.

    Example: pipeline explain 1

    Example: pipeline explain 1 "Toy Story (1995)" --cypher
    """
    from pipeline.connect import open_graph
    from pipeline.content.lookup import find_movie
    from pipeline.explanation.explain import drawing_query, explain

    with open_graph(home) as graph:
        movie_id = None if movie is None else find_movie(graph, movie).movie_id
        explanations = explain(graph, user, movie_id, run_id=run_id)
    if as_json:
        print_json([{**dataclasses.asdict(e), "path_share": e.path_share} for e in explanations])
        return
    for each in explanations:
        share = each.path_share
        words = "" if share is None else f", {share:.0%} of the score from paths"
        click.echo(f"{each.rank}. {each.movie} (closeness {each.closeness:.2f}{words})")
        for sentence in each.sentences:
            click.echo(f"   {sentence}")
        if cypher:
            click.echo(f"\n{drawing_query(user, each.rank, each.run_id)}\n")
