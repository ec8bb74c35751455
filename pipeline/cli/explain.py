"""``pipeline explain``: explain a user's recommendations."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import rich_click as click

from pipeline.cli.options import home_option, json_option, print_json
from pipeline.home import Home

if TYPE_CHECKING:
    from pipeline.explanation.explain import Explanation


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

    Sentences with real names come first. With RKAN-history, the best reason of each kind is shown
    before others of its kind, and each says which share of the score it carries.

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
        print_json([_document(each) for each in explanations])
        return
    for each in explanations:
        click.echo(f"{each.rank}. {each.movie} ({_figures(each)})")
        for sentence in each.sentences:
            click.echo(f"   {sentence}")
        if cypher:
            click.echo(f"\n{drawing_query(user, each.rank, each.run_id)}\n")


def _document(each: Explanation) -> dict[str, object]:
    shares = {"path_share": each.path_share, "shown_share": each.shown_share}
    return {**dataclasses.asdict(each), "path_score": each.path_score, **shares}


def _figures(each: Explanation) -> str:
    if each.path_score is None or each.taste is None or each.popularity is None:
        return f"closeness {each.closeness:.2f}"
    return (
        f"score {each.score:.2f} = paths {each.path_score:.2f}, taste {each.taste:+.2f}, "
        f"popularity {each.popularity:+.2f}; the paths below carry {each.shown_share:.0%} of it"
    )
