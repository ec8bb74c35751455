"""``pipeline explain``: explain a user's recommendations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from pipeline.cli.browse import print_view
from pipeline.cli.options import home_option, json_option, print_json
from pipeline.cli.text import echo, echo_lines, print_next, print_wrapped
from pipeline.home import Home
from pipeline.private import usual_files

if TYPE_CHECKING:
    from pipeline.explanation.explain import Explanation
    from pipeline.graph import Graph
    from pipeline.schema import GraphSchema


@click.command(name="explain")
@click.argument("user")
@click.argument("movie", required=False)
@click.option("--run-id", metavar="RUN", help="Explain recommendations of this run [the newest].")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a page with drawings, for any browser, instead.",
)
@click.option(
    "--cypher", is_flag=True, help="Also print a query that draws the paths in Neo4j Browser."
)
@json_option
@home_option
def command(
    home: Home,
    user: str,
    movie: str | None,
    run_id: str | None,
    html: Path | None,
    cypher: bool,
    as_json: bool,
) -> None:
    """Explain why MOVIE (a movieId or title), or each movie, was recommended to USER (a userId or
    name).

    The reasons are in words, each with its share of the score. The shares of a movie sum to its
    score; one below 0 speaks against it. Every number can be counted in the graph: pipeline browse
    --guide shows how.

    Example: pipeline explain 1

    Example: pipeline explain 1 "Toy Story (1995)" --html toy-story.html
    """
    from pipeline.connect import open_graph, server_status
    from pipeline.content.lookup import named_user
    from pipeline.explanation.browsing import explanation_view
    from pipeline.explanation.explain import explain

    with open_graph(home) as graph:
        user_id = named_user(graph, user)
        explanations = explain(graph, user_id, movie, run_id=run_id)
        if html is not None:
            _write_page(graph, html, user_id, explanations)
            echo(f"Page: {html}")
            return
        server, schema = server_status(home, graph), graph.schema
    if as_json:
        print_json([each.document() for each in explanations])
        return
    for each in explanations:
        _print(each, schema if cypher else None)
    first = explanations[0]
    print_next(f'pipeline browse {user} "{first.movie}"', "see it in Neo4j Browser")
    if movie is not None:
        shown = explanation_view(server, user_id, first.movie, first.rank, first.run_id, schema)
        print_view(shown, server)


def _print(each: Explanation, schema: GraphSchema | None) -> None:
    """Print an explanation, and the query that draws it where names for it are given."""
    print_wrapped(f"{each.rank}. {each.movie}  {_figures(each)}", indent="   ")
    for sentence in each.sentences:
        print_wrapped(f"   - {sentence}", indent="     ")
    if schema is not None:
        from pipeline.explanation.browsing import filled_query

        query = filled_query(
            "draw_explanation", schema, userId=each.user_id, rank=each.rank, runId=each.run_id
        )
        echo_lines(f"\n{query}\n")


def _write_page(graph: Graph, file: Path, user: int, explanations: list[Explanation]) -> None:
    from pipeline.content.dataset import read_dataset
    from pipeline.explanation.history import read_history
    from pipeline.explanation.page import page_of, write_page

    history = read_history(graph, user)
    dataset = read_dataset(graph).name
    with usual_files():
        write_page(file, page_of(explanations, history, dataset=dataset, schema=graph.schema))


def _figures(each: Explanation) -> str:
    if each.path_score is None or each.taste is None or each.popularity is None:
        return f"closeness {each.closeness:.2f}"
    return (
        f"score {each.score:.2f} = paths {each.path_score:.2f}, taste {each.taste:+.2f}, "
        f"popularity {each.popularity:+.2f}"
    )
