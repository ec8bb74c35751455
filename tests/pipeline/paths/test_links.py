"""Links between movies: scaled weights, attributes by rarity, and reading from the graph."""

import numpy as np
import pytest

from pipeline.content.histories import read_histories
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.enrich import enrich
from pipeline.paths.links import compute_weights, movie_links, read_weights
from pipeline.schema import MOVIELENS
from tests.support.eight_movies import (
    ATTRIBUTES,
    DERIVED,
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
    E,
    G,
    catalogue,
    links,
    place,
    weights,
)
from tests.support.film_graph import load_films

BOTH = MOVIELENS.derived_relations


def test_movies_are_rows_in_order_of_entity():
    found = links()
    assert found.movies.tolist() == list(MOVIES)
    assert found.rows(np.array([D, A])).tolist() == [3, 0]


def test_derived_weights_are_divided_by_their_root_mean_square():
    found = links().derived
    assert list(found) == list(DERIVED)
    next_ = found["WATCHED_NEXT"].toarray()
    assert next_[B - A, D - A] == pytest.approx(1.4)
    assert next_[0, D - A] == pytest.approx(0.2)
    assert np.count_nonzero(next_) == 2
    assert found["SIMILAR"].toarray()[[0, E - A], [D - A, G - A]] == pytest.approx([1, 1])
    for matrix in found.values():
        assert np.square(matrix.data).mean() == pytest.approx(1)
        assert matrix.dtype == np.float32


def test_a_type_without_relationships_has_no_weights():
    found = links(derived={"SIMILAR": {}})
    assert found.derived["SIMILAR"].shape == (8, 8)
    assert found.derived["SIMILAR"].nnz == 0
    assert found.relation(A, D) is None


def test_attributes_stand_with_the_rarest_first():
    found = links()
    assert found.attribute_entities.tolist() == [LEE, KIM, DRAMA]
    for movie in MOVIES:
        start, end = found.attributes.indptr[movie - A : movie - A + 2]
        owned = found.attribute_entities[found.attributes.indices[start:end]]
        assert owned.tolist() == [each for each in ATTRIBUTES if each in OWNED.get(movie, ())]
        rarity = [RARITY[each] for each in owned]
        assert found.attributes.data[start:end] == pytest.approx(rarity)


def test_an_attribute_that_is_rarer_than_an_earlier_entity_comes_before_it():
    found = links([(A, LEE, "DIRECTED"), (B, LEE, "DIRECTED"), (C, DRAMA, "IN_GENRE")])
    assert found.attribute_entities.tolist() == [KIM, DRAMA, LEE]  # Kim has no movie at all


def test_of_parallel_relationships_the_most_informative_is_named():
    found = links()
    relations = dict(
        zip(
            [(m, found.attribute_entities[a]) for m, a in zip(*_entries(found), strict=True)],
            found.attribute_relations.tolist(),
            strict=True,
        )
    )
    assert relations[C, KIM] == place("WROTE")
    assert relations[A, KIM] == place("ACTED_IN")
    assert relations[A, LEE] == place("DIRECTED")
    assert len(relations) == len(EDGES) - 1


def _entries(found):
    owners = np.repeat(found.movies, np.diff(found.attributes.indptr))
    return owners.tolist(), found.attributes.indices.tolist()


def test_a_catalogue_without_attributes():
    found = movie_links(catalogue([]), {})
    assert found.attributes.shape == (8, 3)
    assert found.attributes.nnz == len(found.attribute_relations) == 0


@pytest.mark.parametrize(
    ("ends", "relation"),
    [
        ((A, D), "WATCHED_NEXT"),  # SIMILAR too, which is less informative
        ((B, D), "WATCHED_NEXT"),
        ((E, G), "SIMILAR"),
        ((D, A), None),  # the other direction
        ((A, B), None),  # a shared attribute is no derived relationship
    ],
)
def test_the_relation_between_two_movies(ends, relation):
    assert links().relation(*ends) == relation


def content(found):
    return {
        kind: dict(
            zip(
                zip(each.source.tolist(), each.target.tolist(), strict=True),
                each.weight.tolist(),
                strict=True,
            )
        )
        for kind, each in found.items()
    }


@pytest.mark.parametrize("types", [BOTH, BOTH[:1], BOTH[1:], ()], ids=len)
def test_the_graph_gives_back_what_was_computed(graph, tmp_path, types):
    load_films(graph, tmp_path)
    histories, config = read_histories(graph), EnrichConfig(neighbours=3, ease_l2=2.0)
    enrich(graph, histories, config)
    computed, read = compute_weights(histories, config, types), read_weights(graph, types)
    assert list(computed) == list(read) == list(types)
    assert content(read) == content(computed)
    assert all(len(each) > 5 for each in read.values())


def test_a_graph_without_derived_relationships_gives_none(graph, tmp_path):
    load_films(graph, tmp_path)
    assert content(read_weights(graph, BOTH)) == {kind: {} for kind in BOTH}


def test_links_do_not_depend_on_the_order_of_the_weights():
    pairs = {(B, D): 7.0, (A, D): 1.0, (A, C): 3.0, (C, A): 2.0}
    turned = dict(reversed(pairs.items()))
    one, other = (
        movie_links(catalogue(), {"SIMILAR": weights(each)}).derived["SIMILAR"].toarray()
        for each in (pairs, turned)
    )
    assert one == pytest.approx(other, rel=1e-6)
