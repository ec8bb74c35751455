"""The status of a server, whoever runs it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["managed", "docker", "external"]


@dataclass(frozen=True)
class ServerStatus:
    """The status of one server. It never contains the password.

    Attributes:
        kind: "managed" (our own local process), "docker" (our container) or "external" (NEO4J_URI).
        running: True if Bolt answers queries (external server: if it accepts the login).
        uri: Bolt address.
        user: user name.
        browser: address of Neo4j Browser; None if unknown (external server).
        browser_bolt: Bolt address for Browser if it differs from ``uri``, as with a container,
            whose ports are mapped to the host's.
        password_file: file that holds the password, mode 0600; None for an external server.
        version: Neo4j's version; None if unknown.
        log: the log file; None if it is elsewhere (Docker: `docker logs`).
        store: the data folder; None if it is elsewhere (Docker: a named volume).
        pid: process id of the managed server while it runs.
        container: name of the Docker container.
        problem: why an external server does not answer, in one line.
    """

    kind: Kind
    running: bool
    uri: str
    user: str
    browser: str | None = None
    browser_bolt: str | None = None
    password_file: Path | None = None
    version: str | None = None
    log: Path | None = None
    store: Path | None = None
    pid: int | None = None
    container: str | None = None
    problem: str | None = None

    def to_json(self) -> dict[str, object]:
        """Return the fields as JSON values, with paths as strings."""
        return {k: str(v) if isinstance(v, Path) else v for k, v in asdict(self).items()}
