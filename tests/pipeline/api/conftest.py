"""The place in which a program uses the interface."""

import pytest

from pipeline.server.credentials import read_password
from tests.support.film_folder import films_folder


@pytest.fixture
def workplace(graph, server, place, monkeypatch, tmp_path):
    """An empty graph and home where FilmGraph.open finds them, and a folder of films to load."""
    monkeypatch.setenv("NEO4J_URI", server.uri)
    monkeypatch.setenv("NEO4J_PASSWORD", read_password(server.password_file))
    monkeypatch.setenv("PIPELINE_HOME", str(place.root))
    monkeypatch.chdir(tmp_path)
    films_folder(tmp_path)
    return place
