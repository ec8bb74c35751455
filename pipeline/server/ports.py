"""Choose the two ports of a home's server, which the home then remembers."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Annotated, ClassVar

import psutil
from pydantic import ConfigDict, Field

from pipeline.errors import ConfigError, ServerError
from pipeline.server.remembered import STRICT

ADDRESS = "127.0.0.1"

Port = Annotated[int, Field(ge=1, le=65535)]


@dataclass(frozen=True)
class Ports:
    """The server's ports on the loopback address: Bolt, and HTTP for Neo4j Browser."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    bolt: Port
    http: Port


PREFERRED = Ports(bolt=7687, http=7474)


def choose_ports(remembered: Ports | None, bolt: int | None, http: int | None) -> Ports:
    """Choose the ports to start on: the requested, else the remembered, else default or free ones.

    Raises:
        ConfigError: a port is out of range, or both are the same.
        ServerError: a requested or remembered port is taken.
    """
    chosen = Ports(
        bolt=_choose("Bolt", bolt, remembered.bolt if remembered else None, PREFERRED.bolt),
        http=_choose("HTTP", http, remembered.http if remembered else None, PREFERRED.http),
    )
    if chosen.bolt == chosen.http:
        raise ConfigError(f"Bolt and HTTP cannot share port {chosen.bolt}; give two ports")
    return chosen


def _choose(name: str, asked: int | None, remembered: int | None, preferred: int) -> int:
    if asked is not None and not 0 < asked < 65536:
        raise ConfigError(f"--{name.lower()}-port {asked} is not between 1 and 65535")
    wanted = asked if asked is not None else remembered
    if wanted is None:
        return preferred if is_free(preferred) else free_port()
    if not is_free(wanted):
        why = "" if asked is not None else ", which this home has used so far,"
        raise ServerError(
            f"{name} port {wanted}{why} is taken{_holder(wanted)}; stop that program or choose "
            "other ports: pipeline up --bolt-port N --http-port M"
        )
    return wanted


def is_free(port: int) -> bool:
    """Return True if a server could listen on this port of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])


def is_listening(process: psutil.Process, port: int) -> bool:
    """Return True if this very process listens on ``port``, and not another server."""
    connections = process.net_connections(kind="tcp")
    return any(c.laddr and c.laddr.port == port and c.status == "LISTEN" for c in connections)


def _holder(port: int) -> str:
    """Name the process on ``port`` if the system reveals it."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            if connection.laddr and connection.laddr.port == port and connection.pid:
                name = psutil.Process(connection.pid).name()
                return f" by process {connection.pid} ({name})"
    except psutil.Error:
        pass
    return ""
