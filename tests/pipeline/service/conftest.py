"""The service as it runs, on a graph of films with one run."""

import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import uvicorn

from pipeline.api.reader import FilmReader
from pipeline.explanation.search import search
from pipeline.graph import Graph
from pipeline.recommendation.recommend import recommend
from pipeline.server.credentials import read_password
from pipeline.service.app import make_app
from tests.support.film_history import save_history_network


@dataclass(frozen=True)
class Service:
    """A service that runs.

    Attributes:
        address: its address.
        graph: the graph that it reads, open for writing.
    """

    address: str
    graph: Graph

    def get(self, path: str, **parameters: Any) -> requests.Response:
        """The response to one request."""
        return requests.get(f"{self.address}{path}", params=parameters, timeout=60)


@contextmanager
def running(films, hosts=frozenset({"127.0.0.1"})):
    """Within, the address of a service of this graph."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(make_app(films, hosts), log_config=None, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            until = time.monotonic() + 30
            while not server.started and time.monotonic() < until:
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=60)


@pytest.fixture
def found(server, place, monkeypatch):
    """The tests' server and a home, where commands and programs find them."""
    monkeypatch.setenv("NEO4J_URI", server.uri)
    monkeypatch.setenv("NEO4J_PASSWORD", read_password(server.password_file))
    monkeypatch.setenv("PIPELINE_HOME", str(place.root))
    return place


@pytest.fixture
def recommended(graph, films, found):
    """The graph of films with a run, its recommendations, and the indexes of names."""
    save_history_network(graph, found)
    recommend(graph, found)
    search(graph, ["any"])
    return graph


@pytest.fixture
def service(recommended):
    """A service of that graph."""
    with FilmReader.open() as films, running(films) as address:
        yield Service(address, recommended)
