"""A home's Neo4j in Docker, through the docker SDK: what ``pipeline up --docker`` starts.

Stopping removes the container and keeps its volumes, so the graph is there at the next start.
"""

from __future__ import annotations

import json
import socket
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
from pipeline.server.docker_client import docker_client, pull, reason
from pipeline.server.types import ServerStatus

START_TIMEOUT = 180.0  # seconds until Bolt must have answered
STOP_TIMEOUT = 60  # seconds for Neo4j to write what it holds in memory
_POLL = 0.5  # seconds


def start(
    home: Home,
    *,
    bolt_port: int | None = None,
    http_port: int | None = None,
    timeout: float = START_TIMEOUT,
) -> ServerStatus:
    """Start the home's container, or find it running, and wait until Bolt answers a query.

    Args:
        home: whose database it is.
        bolt_port: port on 127.0.0.1; by default the last one used, 7687, or any free one.
        http_port: the same for Neo4j Browser and 7474.
        timeout: seconds to wait for Bolt, once the image is there.

    Raises:
        ServerError: no engine answers, the image cannot be pulled, a port is taken, the container
            ends (its last log line is shown), or Bolt does not answer in time.
    """
    with docker_client() as client:
        container = _find(client, home)
        if container is not None and container.status == "created":
            container.remove(v=True, force=True)  # left by a start that was cut off
            container = None
        if container is None:
            container = _create(client, home, bolt_port, http_port)
        else:
            _check_ports(container, bolt_port, http_port)
            if not parts.password_file(home).exists():
                raise _lost_password(home)
        if container.status == "running":
            return _wait(container, home, timeout)
        try:
            _launch(container)
            return _wait(container, home, timeout)
        except BaseException:
            with suppress(APIError):
                container.stop(timeout=STOP_TIMEOUT)  # kept, for its log
            raise


def stop(home: Home) -> bool:
    """Stop and remove the home's container; the volumes with the graph stay.

    Returns:
        Whether there was a container.

    Raises:
        ServerError: no engine answers, or it fails.
    """
    with docker_client() as client:
        container = _find(client, home)
        if container is None:
            return False
        container.stop(timeout=STOP_TIMEOUT)
        container.remove(v=True)  # v: volumes without a name, of which there should be none
        return True


def status(home: Home) -> ServerStatus | None:
    """The home's container and whether Bolt answers; None if there is no container.

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
        raise ServerError(f"the container {name} is not ours; rename it: docker rename {name} NEW")
    return container


def _create(
    client: docker.DockerClient, home: Home, bolt_port: int | None, http_port: int | None
) -> Container:
    file, volumes = parts.password_file(home), parts.volume_names(home)
    if not file.exists():
        with suppress(NotFound):
            client.volumes.get(volumes["/data"])
            raise _lost_password(home)
    ports = _choose_ports(home, bolt_port, http_port)
    pull(client, parts.IMAGE)
    password = _password(home) if file.exists() else parts.make_password(home)
    for volume in volumes.values():
        client.volumes.create(volume, labels=parts.labels(home))
    container = client.containers.create(**parts.create_options(home, *ports))
    container.put_archive("/", parts.auth_archive(password))
    (file.parent / "ports.json").write_text(json.dumps(ports), encoding="utf-8")
    return container


def _lost_password(home: Home) -> ServerError:
    volume = parts.volume_names(home)["/data"]
    return ServerError(
        f"{parts.password_file(home)} is missing, and the Docker volume {volume} was made with the "
        "password that it held; put the file back, or give up that graph: "
        f"docker rm --force {parts.container_name(home)}; docker volume rm {volume}"
    )


def _check_ports(container: Container, bolt_port: int | None, http_port: int | None) -> None:
    for asked, port in ((bolt_port, parts.BOLT), (http_port, parts.HTTP)):
        has = _host_port(container, port)
        if asked not in (None, has):
            raise ServerError(
                f"the container {container.name} has port {has}, not {asked}; to change it, run "
                "`pipeline down` first"
            )


def _choose_ports(home: Home, bolt_port: int | None, http_port: int | None) -> tuple[int, int]:
    """Those asked for, else those used last, else the usual ones, else any that are free."""
    last: list[int] = [0, 0]
    with suppress(OSError, ValueError):
        last = json.loads((parts.password_file(home).parent / "ports.json").read_text("utf-8"))
    chosen: list[int] = []
    for asked, before, usual in ((bolt_port, last[0], 7687), (http_port, last[1], 7474)):
        if asked is not None and not _is_free(asked):
            raise ServerError(f"port {asked} is taken; ask for another, or end what listens there")
        candidates = [asked] if asked is not None else [before or usual, usual, 0]
        port = next(p for p in candidates if p == 0 or (p not in chosen and _is_free(p)))
        chosen.append(port or _free_port())
    return chosen[0], chosen[1]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _launch(container: Container) -> None:
    try:
        container.start()
    except APIError as error:
        said = reason(error)
        if any(words in said for words in ("port is already allocated", "address already in use")):
            raise ServerError(
                f"a port that the container {container.name} needs is taken ({said}); end what "
                "listens there, or run `pipeline down` and start with other ports"
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
            raise ServerError(
                f"{container.name} refuses the password in {parts.password_file(home)}; put back "
                "the one that its volume was made with"
            ) from error
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
        why = f"it needed more than its {parts.MEMORY} of memory; {why}"
    return (
        f"the container {container.name} ended with code {state.get('ExitCode')}; {why} "
        f"(all of it: docker logs {container.name})"
    )


def _bolt_version(container: Container, home: Home) -> str:
    """Neo4j's version, which a query over Bolt reads."""
    connection = Connection(_uri(container), parts.USER, _password(home))
    with Graph.open(connection, timeout=5.0) as graph:
        return graph.version


def _password(home: Home) -> str:
    return parts.password_file(home).read_text(encoding="utf-8").strip()


def _uri(container: Container) -> str:
    return f"bolt://127.0.0.1:{_host_port(container, parts.BOLT)}"


def _host_port(container: Container, port: str) -> int:
    """Where a port is published, or will be once the container runs."""
    bindings = (container.attrs["HostConfig"].get("PortBindings") or {}).get(port)
    if not bindings:
        raise ServerError(f"the container {container.name} publishes no port {port}; remove it")
    return int(bindings[0]["HostPort"])


def _status(container: Container, home: Home, version: str | None) -> ServerStatus:
    return ServerStatus(
        kind="docker",
        running=version is not None,
        uri=_uri(container),
        user=parts.USER,
        browser=f"http://127.0.0.1:{_host_port(container, parts.HTTP)}",
        password_file=parts.password_file(home),
        version=version,
        container=container.name,
    )
