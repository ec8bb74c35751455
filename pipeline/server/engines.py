"""Start, stop and query a home's own server, whichever engine it runs in."""

from __future__ import annotations

from pipeline.errors import ConfigError, ServerError
from pipeline.home import Home
from pipeline.server import managed
from pipeline.server.chosen import Engine, read_engine, remember_engine
from pipeline.server.types import ServerStatus


def start_server(
    home: Home,
    *,
    engine: Engine | None = None,
    bolt_port: int | None = None,
    http_port: int | None = None,
    heap: str | None = None,
) -> ServerStatus:
    """Start the home's server in ``engine`` and remember the engine. The default is the last used.

    Raises:
        ConfigError: an option is wrong, or the engine does not support it.
        ServerError: the server cannot be started, or it is running in the other engine.
    """
    before = read_engine(home)
    engine = engine or before
    if engine != before:
        running = server_status(home)
        if running and running.running:
            raise ServerError(
                f"this home's database is running as {before} at {running.uri}; "
                "run `pipeline down` first (each engine has its own graph)"
            )
    if engine == "docker":
        from pipeline.server import docker_engine

        if heap:
            raise ConfigError("--heap is for the managed server; in Docker the heap is fixed")
        status = docker_engine.start(home, bolt_port=bolt_port, http_port=http_port)
    else:
        status = managed.start(home, bolt_port=bolt_port, http_port=http_port, heap=heap)
    if engine != before:
        remember_engine(home, engine)
    return status


def stop_server(home: Home) -> bool:
    """Stop the home's server. Return True if one was running."""
    if read_engine(home) == "docker":
        from pipeline.server import docker_engine

        return docker_engine.stop(home)
    return managed.stop(home)


def server_status(home: Home) -> ServerStatus | None:
    """Return the status of the home's server; None if none was ever started."""
    if read_engine(home) == "docker":
        from pipeline.server import docker_engine

        return docker_engine.status(home)
    return managed.status(home)
