"""A Neo4j of the benchmark's own: temporary home, free ports, nothing of the user's."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.graph import Connection, Graph
from pipeline.home import CACHE_VARIABLE, HOME_VARIABLE, Home
from pipeline.server import managed
from pipeline.server.credentials import read_password
from pipeline.server.ports import free_port
from pipeline.server.types import ServerStatus

_STOP_SECONDS = 10
_OURS = ("NEO4J_", "PIPELINE_")  # variables by which the user's environment would decide something


@contextmanager
def temporary_home() -> Iterator[Home]:
    """Make a home that is gone at the end, with its server."""
    with (
        tempfile.TemporaryDirectory(prefix="rkan-bench-", ignore_cleanup_errors=True) as root,
        kept_home(Path(root)) as home,
    ):
        yield home


@contextmanager
def kept_home(root: Path) -> Iterator[Home]:
    """Use a home in ``root``, new or from before; its server is ended, its data stays.

    Verified downloads are shared with the user's home, so that the server is fetched once only.
    """
    before, cache = dict(os.environ), Home.locate().cache
    for name in before:
        if name.startswith(_OURS):
            del os.environ[name]
    try:
        home = Home(root)
        # commands use this home and this cache, too
        os.environ |= {CACHE_VARIABLE: str(cache), HOME_VARIABLE: str(root)}
        try:
            yield home
        finally:
            managed.stop(home, timeout=_STOP_SECONDS)
    finally:
        os.environ.clear()
        os.environ |= before


class Server:
    """The home's server, and the database in it."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._status: ServerStatus = managed.start(
            home, bolt_port=free_port(), http_port=free_port()
        )
        self.graph = self._open()

    @property
    def pid(self) -> int | None:
        """Process id of Java."""
        return self._status.pid

    @property
    def version(self) -> str:
        """The version of Neo4j."""
        return self.graph.version

    @property
    def connection(self) -> Connection:
        """The address and the password."""
        return self.graph.connection

    def restart(self) -> None:
        """Start Java anew, so that nothing is compiled, planned or cached; the graph stays."""
        self.close()
        managed.stop(self._home, timeout=_STOP_SECONDS)
        self._status = managed.start(self._home)
        self.graph = self._open()

    def close(self) -> None:
        """Close the connections; the server runs on until its home ends."""
        self.graph.close()

    def _open(self) -> Graph:
        password = self._status.password_file
        if password is None:
            raise RuntimeError("a managed server has a password file")
        status = self._status
        return Graph.open(Connection(status.uri, status.user, read_password(password), "neo4j"))
