"""Runs the service until it is told to stop."""

from __future__ import annotations

import ipaddress
import logging
import signal
import socket
from collections.abc import Callable

import uvicorn

from pipeline.api.reader import FilmReader
from pipeline.errors import ConfigError
from pipeline.home import system_message
from pipeline.printable import printable
from pipeline.service.app import make_app

_GRACE = 30  # seconds that requests have to end after the signal to stop
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def run_service(
    films: FilmReader,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    started: Callable[[str], None] = lambda _: None,
) -> None:
    """Answer requests until SIGTERM or SIGINT; those that have begun are answered first.

    Args:
        films: the graph.
        host: address or name to listen at. At an address of this machine alone, only requests that
            name it are answered.
        port: port to listen at; 0 for any free one.
        started: function to call with the service's address.

    Raises:
        ConfigError: this address and port cannot be listened at.
        KeyboardInterrupt: it was SIGINT.
    """
    with _listening(host, port) as listener:
        address, chosen = listener.getsockname()[:2]
        local = ipaddress.ip_address(address.partition("%")[0]).is_loopback
        hosts = frozenset({*_LOOPBACK, address, host.lower()}) if local else None
        server = uvicorn.Server(
            uvicorn.Config(
                make_app(films, hosts),
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=_GRACE,
                server_header=False,
            )
        )
        _print_errors_safely()
        # uvicorn hands the signal on when it has stopped; SIGTERM is then a usual end.
        before = signal.signal(signal.SIGTERM, lambda *_: None)
        try:
            started(f"http://{f'[{address}]' if ':' in address else address}:{chosen}")
            server.run(sockets=[listener])
        finally:
            signal.signal(signal.SIGTERM, before)


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there.

    Raises:
        ConfigError: this is not possible.
    """
    try:
        family, *_, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(place[:2], family=family)
    except UnicodeError:
        reason = "no such address"
    except OSError as error:
        reason = system_message(error)
    raise ConfigError(
        f"{host}:{port} cannot be listened at ({reason}); choose others with --host and --port"
    )


class _Printable(logging.Formatter):
    """Log lines without what a terminal would obey."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


def _print_errors_safely() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_Printable("%(levelname)s: %(message)s"))
    logger = logging.getLogger("uvicorn")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.WARNING)
