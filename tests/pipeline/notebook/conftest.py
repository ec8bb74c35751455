"""A small graph with recommendations, and py2neo's handle on it."""

import pytest

from pipeline.notebook.connect import open_graph
from pipeline.recommendation.recommend import recommend
from tests.support.film_history import save_history_network


@pytest.fixture
def recommended(graph, films, place):
    """The graph of films, with the recommendations of one run."""
    save_history_network(graph, place)
    recommend(graph, place)
    return graph


@pytest.fixture
def opened(graph, home):
    """The tests' server as a notebook opens it."""
    return open_graph(home.root)
