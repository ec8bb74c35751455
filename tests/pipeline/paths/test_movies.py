"""Movies in dense rows with their attributes, and how rare these are."""

from math import log

import numpy as np
import pytest

from pipeline.content.catalogue import Catalogue, read_catalogue
from pipeline.paths.movies import movie_table
from tests.support.eight_movies import (
    ATTRIBUTES,
    DRAMA,
    EDGES,
    KIM,
    LEE,
    MOVIES,
    OWNED,
    RARITY,
    A,
    B,
    C,
    D,
    row,
    table,
)
from tests.support.film_graph import CREDITS, GENRES, entities, load_films


def rarity(found, *attributes):
    return found.rarity(np.array(attributes, dtype=np.int64)).tolist()


def test_movies_are_rows_in_order_of_entity():
    found = table()
    assert found.ids.tolist() == list(MOVIES)
    assert found.rows(np.array([D, A])).tolist() == [3, 0]
    assert found.entities(row(D, A)).tolist() == [D, A]


def test_attributes_are_rows_in_order_of_entity():
    assert table().attributes.tolist() == list(ATTRIBUTES)


def test_each_movie_has_each_attribute_once_whatever_ties_them():
    """Kim both wrote C and acted in it."""
    found = table()
    pairs = [(MOVIES[movie], ATTRIBUTES[a]) for movie, a in found.edges.tolist()]
    assert pairs == sorted(set(pairs))
    assert len(pairs) == len(EDGES) - 1
    assert {movie: {a for m, a in pairs if m == movie} for movie in OWNED} == OWNED


def test_rarity_is_the_inverse_document_frequency():
    assert rarity(table(), *ATTRIBUTES) == pytest.approx([RARITY[each] for each in ATTRIBUTES])


def test_rarity_comes_in_the_order_asked():
    assert rarity(table(), DRAMA, LEE, DRAMA) == pytest.approx([log(2), log(4), log(2)])
    assert rarity(table()) == []


def test_an_attribute_of_all_movies_says_nothing():
    assert rarity(table([(movie, KIM, "ACTED_IN") for movie in MOVIES]), KIM) == [0]


def test_an_attribute_without_movies_is_as_rare_as_one_of_a_single_movie():
    found = table([(A, LEE, "DIRECTED"), (B, LEE, "DIRECTED"), (C, DRAMA, "IN_GENRE")])
    assert rarity(found, LEE, KIM, DRAMA) == pytest.approx([log(4), log(8), log(8)])


def test_movies_without_attributes():
    found = table([])
    assert found.edges.shape == (0, 2)
    assert found.rows(np.array(MOVIES)).tolist() == list(range(8))


def test_entities_of_any_order():
    """Movies and attributes may lie between each other."""
    catalogue = Catalogue(
        kinds=["Genre", "Movie", "User", "Person", "Movie"],
        keys=["Drama", 1, 1, "nm1", 2],
        names=["Drama", "One", "user 1", "Lee", "Two"],
        edges=np.array([(1, 3), (4, 0), (4, 3)], dtype=np.int64),
        relations=["WROTE", "IN_GENRE", "DIRECTED"],
    )
    found = movie_table(catalogue)
    assert found.ids.tolist() == [1, 4]
    assert found.attributes.tolist() == [0, 3]
    assert found.edges.tolist() == [[0, 1], [1, 0], [1, 1]]
    assert rarity(found, 3, 0) == pytest.approx([0, log(2)])


def test_the_attributes_of_the_films(graph, tmp_path):
    catalogue = load_films(graph, tmp_path)
    found = movie_table(catalogue)
    movies, people = entities(catalogue, "Movie"), entities(catalogue, "Person")
    expected = {(movies[m], people[key]) for _, key, _, own in CREDITS for m in own}
    genres = entities(read_catalogue(graph), "Genre")
    expected |= {(movies[m], genres[genre]) for genre, own in GENRES.items() for m in own}
    assert found.ids.tolist() == sorted(movies.values())
    rows = found.edges.tolist()
    assert {(int(found.ids[m]), int(found.attributes[a])) for m, a in rows} == expected
    assert len(rows) == len(expected)
