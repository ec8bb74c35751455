import numpy as np
import pytest

from pipeline.content.catalogue import Catalogue, movie_name, read_catalogue
from pipeline.errors import GraphContentError
from pipeline.ids import EntityId
from tests.support.path_graphs import SmallGraph


def test_a_catalogue_names_everything_and_prefers_the_informative_relation(graph):
    SmallGraph(
        users=[0],
        movies=[2, 1],
        persons=[4],
        genres=[3],
        rated={(0, 1): 0},
        attributes={(2, 4, "ACTED_IN"), (2, 4, "DIRECTED"), (1, 4, "WROTE"), (1, 3, "IN_GENRE")},
    ).load(graph)
    catalogue = read_catalogue(graph)
    assert catalogue.kinds == ["User", "Movie", "Movie", "Genre", "Person"]
    assert catalogue.keys == [0, 1, 2, "G 3", "p4"]
    assert catalogue.names == ["user 0", "Film 1 (1990)", "Film 2 (1990)", "G 3", "P 4"]
    assert catalogue.edges.tolist() == [[1, 3], [1, 4], [2, 4], [2, 4]]
    assert catalogue.relations == ["IN_GENRE", "WROTE", "DIRECTED", "ACTED_IN"]
    user, first, second, genre, person = map(EntityId, range(5))
    assert catalogue.relation(second, person) == "DIRECTED"
    assert catalogue.relation(first, genre) == "IN_GENRE"
    assert catalogue.relation(second, genre) is None
    assert catalogue.relation(user, person) is None


def test_a_graph_without_attributes_has_a_catalogue_without_edges(graph):
    SmallGraph(users=[0], movies=[1]).load(graph)
    catalogue = read_catalogue(graph)
    assert catalogue.edges.shape == (0, 2)
    assert catalogue.relation(EntityId(1), EntityId(0)) is None


def test_an_empty_graph_is_an_error(graph):
    with pytest.raises(GraphContentError, match="empty"):
        read_catalogue(graph)


def test_entity_ids_with_a_gap_are_an_error(graph):
    SmallGraph(users=[0], movies=[2]).load(graph)
    with pytest.raises(GraphContentError, match="entityIds"):
        read_catalogue(graph)


def test_only_a_person_known_by_id_has_no_name():
    catalogue = Catalogue(
        kinds=["Person", "Person", "User", "Genre"],
        keys=["m.0abc", "nm0000158", 7, "Drama"],
        names=["person m.0abc", "Tom Hanks", "user 7", "Drama"],
        edges=np.empty((0, 2), dtype=np.int64),
        relations=[],
    )
    named = [catalogue.has_name(entity) for entity in map(EntityId, range(4))]
    assert named == [False, True, True, True]


@pytest.mark.parametrize(
    ("title", "year", "name"),
    [
        ("Toy Story", 1995, "Toy Story (1995)"),
        ("Toy Story (1995)", 1995, "Toy Story (1995)"),
        ("unknown", None, "unknown"),
    ],
)
def test_a_movie_is_named_with_its_year_once(title, year, name):
    assert movie_name(title, year) == name
