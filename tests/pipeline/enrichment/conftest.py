"""A graph with a few films, for the tests of derived relationships."""

import pytest

from tests.support.film_graph import load_films


@pytest.fixture
def films(graph, tmp_path):
    load_films(graph, tmp_path)
    return graph
