"""The remembered state of a home's managed server: ports, and the process while it runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from pipeline.home import Home
from pipeline.server.ports import Port, Ports
from pipeline.server.remembered import STRICT, recall, remember


@dataclass(frozen=True)
class Places:
    """Files and folders of a home's managed server."""

    home: Home

    @property
    def neo4j(self) -> Path:
        """Neo4j's own home folder: conf, data, logs."""
        return self.home.server / "neo4j"

    @property
    def store(self) -> Path:
        """The folder of the databases."""
        return self.neo4j / "data"

    @property
    def system(self) -> Path:
        """The folder of the database with Neo4j's users, which the first start makes."""
        return self.store / "databases" / "system"

    @property
    def first_user(self) -> Path:
        """The file from which the first start takes Neo4j's user."""
        return self.store / "dbms" / "auth.ini"

    @property
    def log(self) -> Path:
        """Output of Java and Neo4j since the last start; the previous log ends in .1."""
        return self.home.server / "neo4j.log"

    @property
    def password(self) -> Path:
        """The password file."""
        return self.home.server / "password"

    @property
    def lock(self) -> Path:
        """The lock file, held while a command starts or stops the server."""
        return self.home.server / "lock"

    @property
    def state(self) -> Path:
        """The file of the remembered state."""
        return self.home.server / "state.json"


@dataclass(frozen=True)
class ServerState:
    """The remembered state.

    Attributes:
        bolt_port: port of Bolt, reused at the next start.
        http_port: port of Neo4j Browser, reused at the next start.
        version: Neo4j's version.
        pid: process id; None if the server was stopped.
        started: the process's start time in seconds since the epoch. It tells our process from a
            later one with the same id.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    bolt_port: Port
    http_port: Port
    version: str
    pid: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    started: Annotated[float, Field(ge=0)] | None = None

    @property
    def ports(self) -> Ports:
        """Both ports."""
        return Ports(self.bolt_port, self.http_port)

    def stopped(self) -> ServerState:
        """Return the same state without a process."""
        return replace(self, pid=None, started=None)


def read_state(places: Places) -> ServerState | None:
    """Return the remembered state; None if no server was ever started.

    Raises:
        ServerError: the file is damaged.
    """
    fix = "delete it: the graph is kept, and new ports are chosen"
    return recall(ServerState, places.state, fix)


def write_state(places: Places, state: ServerState) -> None:
    """Save ``state``, completely or not at all."""
    remember(places.state, state)
