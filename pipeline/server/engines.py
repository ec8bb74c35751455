"""One way to start, stop and ask for a home's own server, whichever engine it runs in."""

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
    """Start the home's server in ``engine``, by default the one used last, and remember it.

    Raises:
        ConfigError: an option is wrong, or the engine does not take it.
        ServerError: it cannot be started, or the home's server runs in the other engine.
    """
    before = read_engine(home)
    engine = engine or before
    if engine != before:
        running = server_status(home)
        if running and running.running:
            raise ServerError(
                f"this home's database runs as {before} at {running.uri}; "
                "run `pipeline down` first (each engine keeps a graph of its own)"
            )
    if engine == "docker":
        from pipeline.server import docker_engine

        if heap:
            raise ConfigError("--heap is for the managed server; Docker's has a fixed size")
        status = docker_engine.start(home, bolt_port=bolt_port, http_port=http_port)
    else:
        status = managed.start(home, bolt_port=bolt_port, http_port=http_port, heap=heap)
    if engine != before:
        remember_engine(home, engine)
    return status


def stop_server(home: Home) -> bool:
    """Stop the home's server; whether one was running."""
    if read_engine(home) == "docker":
        from pipeline.server import docker_engine

        return docker_engine.stop(home)
    return managed.stop(home)


def server_status(home: Home) -> ServerStatus | None:
    """The home's server; None where none was ever started."""
    if read_engine(home) == "docker":
        from pipeline.server import docker_engine

        return docker_engine.status(home)
    return managed.status(home)
