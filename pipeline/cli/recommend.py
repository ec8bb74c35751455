"""``pipeline recommend``: write each user's top-k movies with explanations into the graph."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import rich_click as click

from pipeline.cli.browse import print_view
from pipeline.cli.options import device_option, home_option, json_option, print_json
from pipeline.cli.text import echo, print_next, print_wrapped
from pipeline.home import Home
from pipeline.schema import MOVIELENS

if TYPE_CHECKING:
    from pipeline.recommendation.preview import Chosen


def _parts(context: Any, parameter: Any, value: str | None) -> list[str] | None:
    if value is None:
        return None
    parts = [part.strip() for part in value.split(",")]
    if not all(parts):
        raise click.BadParameter(f"{value!r} is not a list of userIds such as 1,2,3")
    return parts


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
    callback=_parts,
    help="Recommend only to these users: userIds such as 1,2,3, or in a graph of someone else "
    "their keys. Leaves the embeddings as they are.",
)
@click.option(
    "--films",
    metavar="TITLES",
    help="Recommend to someone who watched these, oldest first, separated by commas. Writes "
    "nothing.",
)
@click.option("--genre", help="Only films of this genre; for --films or one user. Writes nothing.")
@click.option("--from-year", type=int, metavar="YEAR", help="Only films from this year on.")
@click.option("--to-year", type=int, metavar="YEAR", help="Only films up to this year.")
@device_option
@json_option
@home_option
def command(
    home: Home,
    run_id: str | None,
    top_k: int | None,
    users: list[str] | None,
    films: str | None,
    genre: str | None,
    from_year: int | None,
    to_year: int | None,
    device: str,
    as_json: bool,
) -> None:
    """Recommend movies to every user and store them with the paths that explain them.

    Writes RECOMMENDED relationships with the run's id, a Run node, and the embeddings with a
    vector index. Running it again replaces the run's recommendations, all or none.

    Example: pipeline recommend --top-k 10

    With --films, --genre or years, the recommendations are printed with their reasons, and nothing
    is written.

    Example: pipeline recommend --users 1,2,3

    Example: pipeline recommend --films "Alien, Heat (1995)" --from-year 1990
    """
    from pipeline.recommendation.preview import Chosen

    chosen = Chosen(genre, from_year, to_year)
    if films is not None or chosen:
        _preview(home, films, users, chosen, run_id, top_k, device, as_json=as_json)
        return
    from pipeline.connect import open_graph, server_status
    from pipeline.content.lookup import named_user
    from pipeline.explanation.browsing import first_picture
    from pipeline.recommendation.recommend import recommend

    with open_graph(home) as graph:
        ids = None if users is None else [named_user(graph, each) for each in users]
        summary = recommend(graph, home, run_id=run_id, users=ids, top_k=top_k, device=device)
        server = server_status(home, graph)
        picture = None if as_json else first_picture(graph, server, summary.run_id, ids)
        movies = "movies" if graph.schema is MOVIELENS else graph.schema.words.items
    if as_json:
        print_json(dataclasses.asdict(summary))
        return
    echo(
        f"{summary.recommendations} recommendations for {summary.users} users of "
        f"{summary.dataset}, run {summary.run_id}, in {summary.seconds:.1f} s"
    )
    if summary.replaced:
        echo(f"Replaced {summary.replaced} earlier recommendations.")
    if summary.unexplained:
        echo(f"{summary.unexplained} of them have no path that explains them.")
    if summary.short_lists:
        echo(
            f"{summary.short_lists} users got fewer than {summary.top_k} {movies}, because they "
            "have no other candidates."
        )
    if summary.skipped_users:
        echo(f"{summary.skipped_users} users have no training rating and were skipped.")
    if picture is not None:
        print_next(f"pipeline explain {picture.user_id}", "the reasons in words")
        print_view(picture, server)


def _preview(
    home: Home,
    films: str | None,
    users: list[str] | None,
    chosen: Chosen,
    run_id: str | None,
    top_k: int | None,
    device: str,
    *,
    as_json: bool,
) -> None:
    from pipeline.connect import open_graph
    from pipeline.content.lookup import named_user
    from pipeline.recommendation.preview import preview

    if (films is None) == (users is None):
        raise click.UsageError("give either --films or --users with one userId")
    if users is not None and len(users) != 1:
        raise click.UsageError("--genre, --from-year and --to-year take one user: --users 1")
    with open_graph(home) as graph:
        listed = preview(
            graph,
            home,
            films=films,
            user=named_user(graph, users[0]) if users else None,
            chosen=chosen,
            run_id=run_id,
            top_k=top_k,
            device=device,
        )
        words = graph.schema.words
    if as_json:
        print_json([dataclasses.asdict(each) for each in listed])
        return
    for each in listed:
        print_wrapped(f"{each.rank}. {each.movie}  score {each.score:.2f}", indent="   ")
        for sentence in each.sentences:
            print_wrapped(f"   - {sentence}", indent="     ")
    echo()
    echo("Nothing was written.")
    if listed:
        print_next(f'pipeline similar "{listed[0].movie}"', f"{words.items} like the first")
