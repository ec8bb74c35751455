"""What tests of several stages begin with."""

import pytest

from pipeline.home import Home
from tests.support.film_graph import load_films


@pytest.fixture
def films(graph, tmp_path):
    return load_films(graph, tmp_path / "quarantine")


@pytest.fixture
def place(tmp_path):
    """A home for checkpoints alone."""
    return Home(tmp_path / "place")
