import pytest

from pipeline.content.lookup import MovieRef, find_movie, find_user, pick_movie
from pipeline.errors import NotFoundError
from pipeline.ids import EntityId, MovieId
from tests.support.path_graphs import eight_movies

MOVIES = [
    MovieRef(MovieId(movie), EntityId(entity), title, year)
    for movie, entity, title, year in (
        (1, 10, "Toy Story", 1995),
        (2, 11, "Hamlet", 1990),
        (3, 12, "Hamlet", 1996),
        (4, 13, "1984", 1956),
        (7, 15, "Usual Suspects, The", 1995),
        (9, 14, "300", None),
        (-8, 16, "Negative", None),
    )
]


@pytest.mark.parametrize(
    ("text", "movie_id"),
    [
        ("1", 1),
        ("toy  STORY", 1),
        ("Toy Story (1995)", 1),
        ("hamlet (1996)", 3),
        ("1984", 4),
        ("-8", -8),
        ("300", 9),
        ("The Usual Suspects", 7),
        ("usual suspects, the (1995)", 7),
    ],
)
def test_a_movie_is_found_by_id_or_title(text, movie_id):
    assert pick_movie(MOVIES, text).movie_id == movie_id


def test_a_title_of_several_movies_names_them():
    with pytest.raises(NotFoundError, match=r"2 movies.*Hamlet \(1990\) \[2\], Hamlet \(1996\) \["):
        pick_movie(MOVIES, "HAMLET")


def test_an_unknown_title_names_the_nearest():
    with pytest.raises(NotFoundError, match=r"no movie 'toy stroy'; .*: Toy Story \(1995\) \[1\]"):
        pick_movie(MOVIES, "toy stroy")


def test_an_unknown_movie_id_names_the_range():
    with pytest.raises(NotFoundError, match="no movie '77777'; movieIds run from 1 to 9"):
        pick_movie(MOVIES[:-1], "77777")


def test_users_and_movies_are_found_in_the_graph(graph):
    eight_movies().load(graph)
    assert find_user(graph, 1).entity_id == 1
    assert find_movie(graph, "film 12").entity_id == 12
    assert find_movie(graph, "12").name == "Film 12 (1990)"
    with pytest.raises(NotFoundError, match="no user 5; userIds run from 0 to 1"):
        find_user(graph, 5)
    with pytest.raises(NotFoundError, match=r"no user 9{30}; userIds run from 0 to 1"):
        find_user(graph, int("9" * 30))


def test_an_empty_graph_says_what_to_run(graph):
    with pytest.raises(NotFoundError, match="load-kg"):
        find_user(graph, 1)
    with pytest.raises(NotFoundError, match="load-kg"):
        find_movie(graph, "1")
