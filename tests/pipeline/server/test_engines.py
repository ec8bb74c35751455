from dataclasses import replace

import pytest

from pipeline.errors import ConfigError, ServerError
from pipeline.home import Home
from pipeline.server import docker_engine, engines, managed
from pipeline.server.chosen import read_engine, remember_engine
from pipeline.server.engines import server_status, start_server, stop_server
from pipeline.server.types import ServerStatus
from tests.support.narrowing import present

STATUS = ServerStatus("docker", True, "bolt://127.0.0.1:7687", "neo4j")


class Engine:
    """Stands where an engine is, and notes what it is asked for."""

    def __init__(self, status=None):
        self.now = status
        self.asked = []

    def start(self, home, **options):
        self.asked.append(options)
        self.now = replace(STATUS, running=True)
        return self.now

    def stop(self, home):
        was, self.now = self.now, None
        return was is not None

    def status(self, home):
        return self.now


@pytest.fixture
def engine_pair(monkeypatch):
    pair = Engine(), Engine()
    for engine, module in zip(pair, (managed, docker_engine), strict=True):
        for name in ("start", "stop", "status"):
            monkeypatch.setattr(module, name, getattr(engine, name))
    return pair


def test_the_managed_server_is_used_until_another_engine_is_chosen(tmp_path, engine_pair):
    home = Home(tmp_path)
    local, docker = engine_pair
    assert read_engine(home) == "managed"
    start_server(home, bolt_port=1234, heap="1g")
    assert local.asked == [{"bolt_port": 1234, "http_port": None, "heap": "1g"}]
    assert docker.asked == []


def test_docker_stays_chosen_after_a_stop(tmp_path, engine_pair):
    home = Home(tmp_path)
    _, docker = engine_pair
    start_server(home, engine="docker")
    assert present(server_status(home)).kind == "docker"
    assert stop_server(home)
    start_server(home)
    assert len(docker.asked) == 2


def test_the_engine_cannot_change_under_a_running_server(tmp_path, engine_pair):
    home = Home(tmp_path)
    start_server(home)
    with pytest.raises(ServerError, match="pipeline down"):
        start_server(home, engine="docker")
    stop_server(home)
    start_server(home, engine="docker")
    assert read_engine(home) == "docker"


def test_a_heap_is_refused_for_docker(tmp_path, engine_pair):
    with pytest.raises(ConfigError, match="--heap"):
        start_server(Home(tmp_path), engine="docker", heap="1g")


def test_a_failed_start_does_not_choose(tmp_path, monkeypatch, engine_pair):
    def refuse(home, **options):
        raise ServerError("no engine answers")

    monkeypatch.setattr(docker_engine, "start", refuse)
    with pytest.raises(ServerError):
        engines.start_server(Home(tmp_path), engine="docker")
    assert read_engine(Home(tmp_path)) == "managed"


def test_an_unknown_word_means_the_managed_server(tmp_path):
    home = Home(tmp_path)
    remember_engine(home, "docker")
    (home.server / "engine").write_text("podman")
    assert read_engine(home) == "managed"
