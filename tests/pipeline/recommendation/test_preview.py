"""Recommendations that are only shown: for someone not in the graph, and among some films."""

import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from pipeline.content.lookup import MovieRef, read_movies
from pipeline.errors import ConfigError, NotFoundError
from pipeline.ids import EntityId, MovieId
from pipeline.recommendation.preview import Chosen, named_films, preview
from pipeline.recommendation.recommend import recommend
from tests.support.film_graph import query, save_network
from tests.support.film_history import save_history_network

COUNTS = "MATCH (n) RETURN count(n) AS nodes, COUNT { ()-[]->() } AS relationships"
SAME = """
MATCH (u:User {userId: 1})-[r:RATED]->(m) WITH m ORDER BY r.position
RETURN collect(m.name) AS films
"""


@pytest.fixture
def trained(graph, films, place):
    save_history_network(graph, place)
    return graph


def test_nothing_is_written(trained, place):
    before = trained.read(query(COUNTS))
    listed = preview(trained, place, films="Heat, Big", top_k=3)
    assert trained.read(query(COUNTS)) == before
    assert [each.rank for each in listed] == [1, 2, 3]
    assert all(each.sentences and len(each.sentences) == len(each.shares) for each in listed)
    assert {"Heat (1995)", "Big (1988)"}.isdisjoint(each.movie for each in listed)


def test_sentences_speak_of_the_films_that_were_named(trained, place):
    text = " ".join(
        sentence for each in preview(trained, place, films="Heat") for sentence in each.sentences
    )
    assert "Heat (1995)" in text
    assert "you gave" not in text


def test_a_guest_with_the_films_of_a_user_gets_them_scored_alike_without_other_users(
    graph, films, place
):
    save_history_network(graph, place, paths__users=0)
    (row,) = graph.read(query(SAME))
    guest = preview(graph, place, films=", ".join(row["films"]), top_k=5)
    user = preview(graph, place, user=1, top_k=5)
    assert len(guest) == len(user)
    assert {each.movie for each in guest} == {each.movie for each in user}


def test_the_order_of_films_counts(trained, place):
    first = preview(trained, place, films="Heat, Big, Toy Story")
    second = preview(trained, place, films="Toy Story, Big, Heat")
    assert [each.score for each in first] != [each.score for each in second]


def test_a_user_of_the_graph_sees_what_would_be_written(trained, place):
    shown = preview(trained, place, user=1)
    recommend(trained, place, users=[1])
    rows = trained.read(
        query(
            "MATCH (:User {userId: 1})-[r:RECOMMENDED]->(m) RETURN m.movieId AS id ORDER BY r.rank"
        )
    )
    assert [each.movie_id for each in shown] == [row["id"] for row in rows]


def test_only_films_of_a_genre_and_of_some_years(trained, place):
    genre = "MATCH (m:Movie)-[:IN_GENRE]->(:Genre {name: 'Comedy'}) RETURN m.movieId AS id"
    comedies = {row["id"] for row in trained.read(query(genre))}
    listed = preview(trained, place, films="Heat", chosen=Chosen(genre="comedy"))
    assert listed
    assert {each.movie_id for each in listed} <= comedies
    years = {int(movie.movie_id): movie.year for movie in read_movies(trained)}
    listed = preview(trained, place, films="Heat", chosen=Chosen(from_year=1990, to_year=1996))
    assert all(1990 <= (years[each.movie_id] or 0) <= 1996 for each in listed)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (Chosen(genre="Opera"), "no genre 'Opera'; the graph has"),
        (Chosen(from_year=2100), "widen the choice"),
    ],
)
def test_a_choice_without_films_is_said(trained, place, chosen, words):
    with pytest.raises(NotFoundError, match=words):
        preview(trained, place, films="Heat", chosen=chosen)


def test_a_network_with_a_vector_per_user_knows_no_guest(graph, films, place):
    save_network(graph, place)
    with pytest.raises(ConfigError, match="rkan-history"):
        preview(graph, place, films="Heat")


def test_titles_with_commas_are_found():
    titles = ["The Good, the Bad and the Ugly", "Heat", "Good"]
    movies = [
        MovieRef(MovieId(place), EntityId(place), title, 1966) for place, title in enumerate(titles)
    ]
    found = named_films(movies, "Heat, The Good, the Bad and the Ugly, good (1966)")
    assert [movie.movie_id for movie in found] == [1, 0, 2]
    with pytest.raises(NotFoundError, match="name at least one film"):
        named_films(movies, " , ")
    with pytest.raises(NotFoundError, match="no movie 'Nowhere'"):
        named_films(movies, "Nowhere")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--genre", "Comedy"], "--films or --users"),
        (["--films", "Heat", "--users", "1"], "--films or --users"),
        (["--users", "1,2", "--genre", "Comedy"], "one user"),
    ],
)
def test_wrong_options_are_refused(arguments, words):
    result = CliRunner().invoke(cli, ["recommend", *arguments])
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())
