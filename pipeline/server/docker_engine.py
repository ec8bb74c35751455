"""Run a home's Neo4j in Docker, through the docker SDK, for ``pipeline up --docker``.

Stopping removes the container and keeps its volumes, so the graph is there at the next start.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import docker
from docker.errors import APIError, NotFound
from docker.models.containers import Container

from pipeline.errors import CredentialsError, DatabaseError, ServerError
from pipeline.graph import Connection, Graph
from pipeline.home import Home
from pipeline.server import docker_container as parts
from pipeline.server.credentials import USER, ensure_password, read_password, refused
from pipeline.server.docker_client import docker_client, pull, reason
from pipeline.server.ports import ADDRESS, Ports, choose_ports
from pipeline.server.remembered import recall, remember
from pipeline.server.types import ServerStatus

START_TIMEOUT = 180.0  # seconds until Bolt must answer
STOP_TIMEOUT = 60  # seconds for Neo4j to flush its memory to disk
_POLL = 0.5  # seconds


def start(
    home: Home,
    *,
    bolt_port: int | None = None,
    http_port: int | None = None,
    timeout: float = START_TIMEOUT,
) -> ServerStatus:
    """Start the home's container, or reuse a running one, and wait until Bolt answers a query.

    Args:
        home: the home that owns the database.
        bolt_port: port on 127.0.0.1; by default the last one used, else 7687, else a free one.
        http_port: the same for Neo4j Browser and 7474.
        timeout: seconds to wait for Bolt after the image was pulled.

    Raises:
        ServerError: no engine answers, the image cannot be pulled, a port is taken, the container
            exits (the message quotes its last log line), or Bolt does not answer in time.
    """
    with home.private(), docker_client() as client:
        container = _find(client, home)
        if container is not None and _must_recreate(container, bolt_port, http_port):
            container.remove(v=True, force=True)
            container = None
        if container is None:
            container = _create(client, home, bolt_port, http_port)
        elif not parts.password_file(home).exists():
            raise _lost_password(home)
        if container.status == "running":
            return _wait(container, home, timeout)
        try:
            _launch(container)
            return _wait(container, home, timeout)
        except BaseException:
            with suppress(APIError):
                container.stop(timeout=STOP_TIMEOUT)  # keep it for its log
            raise


def stop(home: Home) -> bool:
    """Stop and remove the home's container; keep the volumes with the graph.

    Returns:
        True if there was a container.

    Raises:
        ServerError: no engine answers, or the engine fails.
    """
    with docker_client() as client:
        container = _find(client, home)
        if container is None:
            return False
        container.stop(timeout=STOP_TIMEOUT)
        container.remove(v=True)  # v: also anonymous volumes, though none should exist
        return True


def status(home: Home) -> ServerStatus | None:
    """Return the status of the home's container; None if there is no container.

    Raises:
        ServerError: no engine answers.
    """
    with docker_client() as client:
        container = _find(client, home)
        if container is None:
            return None
        version = None
        if container.status == "running" and parts.password_file(home).exists():
            with suppress(DatabaseError):
                version = _bolt_version(container, home)
        return _status(container, home, version)


def _find(client: docker.DockerClient, home: Home) -> Container | None:
    name = parts.container_name(home)
    try:
        container = client.containers.get(name)
    except NotFound:
        return None
    if parts.HOME_LABEL not in container.labels:
        raise ServerError(
            f"the pipeline did not create container {name}; rename it: docker rename {name} NEW"
        )
    return container


def _create(
    client: docker.DockerClient, home: Home, bolt_port: int | None, http_port: int | None
) -> Container:
    file, volumes = parts.password_file(home), parts.volume_names(home)
    if not file.exists():
        with suppress(NotFound):
            client.volumes.get(volumes["/data"])
            raise _lost_password(home)
    ports_file = file.with_name("ports.json")
    remembered = recall(Ports, ports_file, "delete it to choose new ports")
    ports = choose_ports(remembered, bolt_port, http_port)
    pull(client, parts.IMAGE)
    password = ensure_password(file)
    for volume in volumes.values():
        client.volumes.create(volume, labels=parts.labels(home))
    container = client.containers.create(**parts.create_options(home, ports))
    container.put_archive("/", parts.auth_archive(password))
    remember(ports_file, ports)
    return container


def _lost_password(home: Home) -> ServerError:
    volume = parts.volume_names(home)["/data"]
    return ServerError(
        f"{parts.password_file(home)} is missing, and the Docker volume {volume} needs its "
        "password; restore the file, or delete that graph: "
        f"docker rm --force {parts.container_name(home)}; docker volume rm {volume}"
    )


def _must_recreate(container: Container, bolt_port: int | None, http_port: int | None) -> bool:
    """Return True if an interrupted start left it incomplete, or other ports are requested.

    Raises:
        ServerError: other ports are requested, but the container is running.
    """
    for asked, port in ((bolt_port, parts.BOLT), (http_port, parts.HTTP)):
        has = _host_port(container, port)
        if asked not in (None, has):
            if container.status == "running":
                raise ServerError(
                    f"the container {container.name} uses port {has}, not {asked}; to change the "
                    "port, run `pipeline down` first"
                )
            return True
    return container.status == "created"


def _launch(container: Container) -> None:
    try:
        container.start()
    except APIError as error:
        said = reason(error)
        if any(words in said for words in ("port is already allocated", "address already in use")):
            raise ServerError(
                f"a port that the container {container.name} needs is taken ({said}); stop that "
                "program or choose other ports: pipeline up --docker --bolt-port N --http-port M"
            ) from error
        raise


def _wait(container: Container, home: Home, timeout: float) -> ServerStatus:
    deadline = time.monotonic() + timeout
    while True:
        container.reload()
        if container.status not in ("running", "restarting"):
            raise ServerError(_ended(container))
        try:
            return _status(container, home, _bolt_version(container, home))
        except CredentialsError as error:
            raise refused(container.name, parts.password_file(home)) from error
        except DatabaseError as error:
            if time.monotonic() > deadline:
                raise ServerError(
                    f"{container.name} did not answer within {timeout:.0f} s ({error}); its log: "
                    f"docker logs {container.name}"
                ) from error
        time.sleep(_POLL)


def _ended(container: Container) -> str:
    state: dict[str, Any] = container.attrs["State"]
    lines = container.logs(tail=20).decode(errors="replace").strip().splitlines()
    why = f"the last line of its log: {lines[-1].strip()}" if lines else "it logged nothing"
    if state.get("OOMKilled"):
        why = f"it exceeded its memory limit of {parts.MEMORY}; {why}"
    return (
        f"the container {container.name} exited with code {state.get('ExitCode')}; {why} "
        f"(full log: docker logs {container.name})"
    )


def _bolt_version(container: Container, home: Home) -> str:
    """Read Neo4j's version with a query over Bolt."""
    connection = Connection(_uri(container), USER, read_password(parts.password_file(home)))
    with Graph.open(connection, timeout=5.0) as graph:
        return graph.version


def _uri(container: Container) -> str:
    return f"bolt://{ADDRESS}:{_host_port(container, parts.BOLT)}"


def _host_port(container: Container, port: str) -> int:
    """Return the host port that a container port is, or will be, published on."""
    bindings = (container.attrs["HostConfig"].get("PortBindings") or {}).get(port)
    if not bindings:
        raise ServerError(f"the container {container.name} does not publish port {port}; remove it")
    return int(bindings[0]["HostPort"])


def _status(container: Container, home: Home, version: str | None) -> ServerStatus:
    return ServerStatus(
        kind="docker",
        running=version is not None,
        uri=_uri(container),
        user=USER,
        browser=f"http://{ADDRESS}:{_host_port(container, parts.HTTP)}",
        password_file=parts.password_file(home),
        version=version,
        container=container.name,
    )
