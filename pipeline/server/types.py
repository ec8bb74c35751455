"""What is known about a server, whoever runs it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["managed", "docker", "external"]


@dataclass(frozen=True)
class ServerStatus:
    """One server and whether it answers. The password itself is never part of it.

    Attributes:
        kind: "managed" (our own local process), "docker" (our container) or "external" (NEO4J_URI).
        running: whether Bolt answers queries (an external server: whether it lets us in).
        uri: Bolt address.
        user: user name.
        browser: address of Neo4j Browser; None where it is not known (an external server).
        password_file: file that holds the password, mode 0600; None for an external server.
        version: Neo4j's version; None when it is not known.
        log: the log file; None where it lies elsewhere (Docker: `docker logs`).
        store: the data folder; None where it lies elsewhere (Docker: a named volume).
        pid: process id of the managed server while it runs.
        container: name of the Docker container.
        problem: why an external server does not answer, in one line.
    """

    kind: Kind
    running: bool
    uri: str
    user: str
    browser: str | None = None
    password_file: Path | None = None
    version: str | None = None
    log: Path | None = None
    store: Path | None = None
    pid: int | None = None
    container: str | None = None
    problem: str | None = None

    def to_json(self) -> dict[str, object]:
        """The fields as JSON values, paths as strings."""
        return {k: str(v) if isinstance(v, Path) else v for k, v in asdict(self).items()}
