"""What is asked of a Docker engine, and what its failures turn into.

The engine is a stand-in that speaks the Engine API on a real socket; Bolt behind its published
port is the real managed server. The last test runs on a real engine where there is one.
"""

import json
import socket
import stat
from pathlib import Path

import docker
import pytest
from click.testing import CliRunner
from docker.errors import DockerException

from pipeline.cli import cli
from pipeline.connect import open_graph
from pipeline.errors import ServerError
from pipeline.home import Home
from pipeline.server import docker_container as parts
from pipeline.server import docker_engine
from pipeline.server.ports import free_port
from tests.support.docker_stand_in import DockerStandIn
from tests.support.narrowing import present

CREATE = r"/containers/create"


@pytest.fixture
def own_home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def engine(monkeypatch):
    stand_in = DockerStandIn()
    for name in ("DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_HOST", stand_in.url)
    yield stand_in
    stand_in.close()


@pytest.fixture
def answering(engine, server, own_home):
    """The engine whose containers answer Bolt as the managed test server does."""
    engine.bolt_port = int(server.uri.rpartition(":")[2])
    file = parts.password_file(own_home)
    file.parent.mkdir(parents=True)
    file.write_text(Path(server.password_file).read_text())
    return engine


def failed_start(home, **options):
    """Start where nothing can answer; the message of the error."""
    with pytest.raises(ServerError) as caught:
        docker_engine.start(home, timeout=0, **options)
    return str(caught.value)


def the_container(engine):
    (container,) = engine.containers.values()
    return container


# What is asked of the engine


def test_start_pulls_the_pinned_image_once(engine, own_home):
    failed_start(own_home)
    assert [q for q, _ in engine.asked("POST", "/images/create")] == [
        {"fromImage": "neo4j", "tag": parts.IMAGE.removeprefix("neo4j:")}
    ]
    failed_start(Home(own_home.root / "another"))
    assert len(engine.asked("POST", "/images/create")) == 1


def test_ports_are_published_on_loopback_only(engine, own_home):
    failed_start(own_home)
    bindings = the_container(engine)["HostConfig"]["PortBindings"]
    assert set(bindings) == {"7687/tcp", "7474/tcp"}
    assert all(b["HostIp"] == "127.0.0.1" for binding in bindings.values() for b in binding)


def test_container_and_volumes_are_named_and_labelled_after_the_home(engine, own_home):
    failed_start(own_home)
    name = parts.container_name(own_home)
    assert list(engine.containers) == [name]
    assert engine.volumes == {
        f"{name}-{end}": {
            "Name": f"{name}-{end}",
            "Labels": {"rkan.home": str(own_home.root)},
        }
        for end in ("data", "logs")
    }
    config = the_container(engine)
    assert config["Config"]["Labels"] == {"rkan.home": str(own_home.root)}
    assert set(config["HostConfig"]["Binds"]) == {f"{name}-data:/data:rw", f"{name}-logs:/logs:rw"}


def test_the_health_check_asks_over_http_without_a_password(engine, own_home):
    failed_start(own_home)
    check = the_container(engine)["Config"]["Healthcheck"]
    assert check["Test"][:2] == ["CMD", "wget"]
    assert check["Test"][-1] == "http://localhost:7474/"
    assert 0 < check["Timeout"] <= check["Interval"]


def test_memory_is_limited_in_the_container_and_in_neo4j(engine, own_home):
    failed_start(own_home)
    config = the_container(engine)
    assert config["HostConfig"]["Memory"] == 2560 * 1024**2
    assert {
        "NEO4J_server_memory_heap_max__size=1g",
        "NEO4J_server_memory_pagecache_size=512m",
    } <= set(config["Config"]["Env"])


def test_the_password_is_in_no_request_but_the_file_that_is_copied_in(engine, own_home):
    failed_start(own_home)
    file = parts.password_file(own_home)
    password = file.read_text().strip()
    assert len(password) >= 20
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for method, path, query, body in engine.requests:
        if not path.endswith("/archive"):
            assert password not in str((method, path, query, body))
    member, content = engine.files["/rkan/neo4j-auth"]
    assert content.decode() == f"neo4j/{password}"
    assert (member.mode, member.uid) == (0o400, 7474)  # what the image's start script accepts
    assert "NEO4J_AUTH_PATH=/rkan/neo4j-auth" in the_container(engine)["Config"]["Env"]


def test_every_variable_of_the_container_is_one_that_the_image_knows(engine, own_home):
    # The image turns each other NEO4J_ variable into a setting, and Neo4j refuses unknown ones.
    failed_start(own_home)
    names = {entry.partition("=")[0] for entry in the_container(engine)["Config"]["Env"]}
    assert "NEO4J_PASSWORD" not in names
    for name in names - {"NEO4J_AUTH_PATH"}:
        assert name.startswith(("NEO4J_server_", "NEO4J_dbms_", "NEO4J_browser_", "NEO4J_client_"))


def test_two_homes_get_two_containers(tmp_path):
    one, two = Home(tmp_path / "one"), Home(tmp_path / "two")
    assert parts.container_name(one) != parts.container_name(two)
    assert not set(parts.volume_names(one).values()) & set(parts.volume_names(two).values())


def test_ports_are_remembered_and_a_taken_one_is_named(engine, own_home):
    failed_start(own_home)
    first = the_container(engine)["HostConfig"]["PortBindings"]
    docker_engine.stop(own_home)
    failed_start(own_home)
    assert the_container(engine)["HostConfig"]["PortBindings"] == first
    docker_engine.stop(own_home)
    taken = int(first["7687/tcp"][0]["HostPort"])
    with socket.create_server(("127.0.0.1", taken)):
        assert f"Bolt port {taken}, which this home has used" in failed_start(own_home)
    assert not engine.containers


def test_a_damaged_ports_file_is_named(engine, own_home):
    failed_start(own_home)
    docker_engine.stop(own_home)
    file = parts.password_file(own_home).with_name("ports.json")
    file.write_text("[7687]")
    assert failed_start(own_home).startswith(f"{file} is damaged")


# With Bolt behind the published port


def test_start_proves_bolt_and_a_second_start_finds_the_container(answering, own_home):
    status = docker_engine.start(own_home)
    assert (status.kind, status.running, status.user) == ("docker", True, "neo4j")
    assert present(status.version).startswith("5.26")
    assert status.container == parts.container_name(own_home)
    assert docker_engine.start(own_home) == status == docker_engine.status(own_home)
    assert len(answering.asked("POST", CREATE)) == 1
    assert len(answering.asked("POST", r"/containers/[^/]+/start")) == 1


def test_a_stopped_container_is_started_again(answering, own_home):
    docker_engine.start(own_home)
    docker.from_env().containers.get(parts.container_name(own_home)).stop()
    assert not present(docker_engine.status(own_home)).running
    assert docker_engine.start(own_home).running
    assert len(answering.asked("POST", CREATE)) == 1


def test_stop_removes_the_container_and_keeps_the_named_volumes(answering, own_home):
    first = docker_engine.start(own_home)
    volumes = dict(answering.volumes)
    assert docker_engine.stop(own_home)
    assert not answering.containers
    assert answering.volumes == volumes
    assert not answering.asked("DELETE", r"/volumes/.*")
    assert docker_engine.status(own_home) is None
    assert not docker_engine.stop(own_home)
    assert docker_engine.start(own_home).uri == first.uri


def test_other_ports_are_refused_while_it_runs_and_taken_up_when_it_does_not(answering, own_home):
    port = free_port()
    docker_engine.start(own_home)
    with pytest.raises(ServerError, match=rf"not {port}; .* `pipeline down` first"):
        docker_engine.start(own_home, bolt_port=port)
    docker.from_env().containers.get(parts.container_name(own_home)).stop()
    assert docker_engine.start(own_home, bolt_port=port).uri == f"bolt://127.0.0.1:{port}"
    assert len(answering.containers) == 1


def test_a_password_that_the_database_refuses_is_named(answering, own_home):
    parts.password_file(own_home).write_text("not-the-password\n")
    with pytest.raises(ServerError, match=r"refuses the password in .*docker.password"):
        docker_engine.start(own_home)
    assert the_container(answering)["State"]["Status"] == "exited"


def test_up_docker_makes_later_commands_use_that_database(answering, own_home):
    def run(*words):
        result = CliRunner().invoke(cli, [*words, "--json", "--home", str(own_home.root)])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    up = run("up", "--docker")
    assert up["kind"] == "docker"
    status = run("status")
    assert "dataset" in status
    assert {key: status[key] for key in up} == up
    with open_graph(own_home) as graph:
        assert graph.connection.uri == up["uri"]
    assert run("down") == {"stopped": True}
    assert not answering.containers


# What goes wrong


def test_no_engine(monkeypatch, own_home, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nothing.sock")
    for action in (docker_engine.start, docker_engine.stop, docker_engine.status):
        with pytest.raises(ServerError, match=r"^no Docker engine answers; .*without --docker"):
            action(own_home)
    assert not own_home.root.exists()


def test_an_unusable_docker_host(monkeypatch, own_home):
    monkeypatch.setenv("DOCKER_HOST", "nonsense://")
    with pytest.raises(ServerError, match="no Docker engine answers"):
        docker_engine.start(own_home)


def test_an_image_that_the_registry_does_not_have(engine, own_home):
    engine.pull_status = 404
    message = failed_start(own_home)
    assert message.startswith(f"Docker cannot pull {parts.IMAGE}: manifest unknown; ")
    assert not engine.containers


def test_a_pull_that_fails_on_the_way(engine, own_home):
    engine.pull_events = [{"status": "Pulling fs layer"}, {"error": "connection reset by peer"}]
    assert "connection reset by peer" in failed_start(own_home)
    assert not engine.volumes


def test_an_engine_that_stops_answering_during_a_pull(engine, own_home):
    engine.pull_events = [{"status": "Pulling fs layer"}, {"status": "hang up"}]
    assert failed_start(own_home).startswith(f"Docker cannot pull {parts.IMAGE}: ")


def test_a_port_that_the_engine_finds_taken(engine, own_home):
    engine.start_error = "Bind for 127.0.0.1:7687 failed: port is already allocated"
    message = failed_start(own_home)
    assert "needs is taken (Bind for 127.0.0.1:7687" in message
    assert "pipeline up --docker --bolt-port N" in message


def test_an_engine_that_fails_says_why(engine, own_home):
    engine.start_error = "no space left on device"
    assert failed_start(own_home) == "the Docker engine failed: no space left on device"


def test_a_container_that_ends_shows_its_last_line(engine, own_home):
    engine.exit = (3, ["Starting Neo4j.", "Unrecognized setting: NO.SUCH"], False)
    message = failed_start(own_home)
    assert "exited with code 3; the last line of its log: Unrecognized setting: NO.SUCH" in message
    assert f"docker logs {parts.container_name(own_home)}" in message


def test_a_container_that_needs_more_memory_than_it_has(engine, own_home):
    engine.exit = (137, [], True)
    assert "exited with code 137; it exceeded its memory limit of 2560m" in failed_start(own_home)


def test_a_start_up_that_takes_too_long_leaves_nothing_running(engine, own_home):
    message = failed_start(own_home)
    assert "did not answer within 0 s" in message
    assert "docker logs" in message
    assert the_container(engine)["State"]["Status"] == "exited"


def test_a_container_left_by_a_start_that_was_cut_off_is_made_anew(engine, own_home):
    engine.start_error = "no space left on device"
    failed_start(own_home)
    the_container(engine)["State"]["Status"] = "created"
    engine.start_error = None
    failed_start(own_home)
    assert len(engine.asked("POST", CREATE)) == 2


def test_a_lost_password_file_is_not_replaced_while_its_volume_exists(engine, own_home):
    failed_start(own_home)
    parts.password_file(own_home).unlink()
    volume = parts.volume_names(own_home)["/data"]
    assert f"docker volume rm {volume}" in failed_start(own_home)
    docker_engine.stop(own_home)
    assert f"docker volume rm {volume}" in failed_start(own_home)
    assert not parts.password_file(own_home).exists()


def test_a_foreign_container_of_the_same_name_is_left_alone(engine, own_home):
    failed_start(own_home)
    the_container(engine)["Config"]["Labels"] = {}
    for action in (docker_engine.start, docker_engine.stop, docker_engine.status):
        with pytest.raises(ServerError, match="did not create container"):
            action(own_home)
    assert len(engine.containers) == 1


def test_an_engine_on_another_machine_is_refused(engine, monkeypatch, own_home):
    monkeypatch.setattr(docker.APIClient, "_retrieve_server_version", lambda _: "1.47")
    monkeypatch.setenv("DOCKER_HOST", "tcp://192.0.2.1:2375")
    assert "on another machine (192.0.2.1)" in failed_start(own_home)


# A real engine, where there is one


@pytest.mark.neo4j
@pytest.mark.slow
def test_start_status_and_stop_on_a_real_engine(own_home):
    try:
        client = docker.from_env(timeout=10)
        client.ping()
    except DockerException as error:
        pytest.skip(f"no Docker engine: {error}")
    try:
        client.images.get(parts.IMAGE)
    except docker.errors.ImageNotFound:
        try:
            client.images.pull(parts.IMAGE)
        except DockerException as error:
            pytest.skip(f"the image cannot be pulled here: {error}")
    try:
        first = docker_engine.start(own_home)
        assert first.running
        assert present(first.version).startswith("5.26")
        name = parts.container_name(own_home)
        password = parts.password_file(own_home).read_text().strip()
        assert password not in json.dumps(client.containers.get(name).attrs)
        assert docker_engine.stop(own_home)
        assert docker_engine.status(own_home) is None
        assert docker_engine.start(own_home).uri == first.uri
    finally:
        docker_engine.stop(own_home)
        for volume in parts.volume_names(own_home).values():
            client.volumes.get(volume).remove()
        client.close()
