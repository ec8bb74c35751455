"""A TCP proxy between a driver and a server that fails when told to."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Proxy:
    """Passes bytes on until a limit, then cuts the connections or says nothing more.

    Attributes:
        port: where it listens on 127.0.0.1.
        passed: number of bytes that came from the server so far.
        connections: number of connections so far.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.passed, self.connections = 0, 0
        self._limit: int | None = None
        self._stalls = False
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def fail_after(self, number: int, *, stalls: bool = False) -> None:
        """Fail once, after so many more bytes from the server; later connections work.

        With ``stalls``, the connections stay open and silent; otherwise they are closed, in the
        midst of a message.
        """
        self._limit, self._stalls = self.passed + number, stalls

    def close(self) -> None:
        """Close the listener and all connections."""
        for each in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)  # ends what waits for it in another thread
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self.connections += 1
                self._open += [client, server]
                for pair in ((client, server, False), (server, client, True)):
                    threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while part := source.recv(65536):
                if counted and self._limit is not None and self.passed + len(part) > self._limit:
                    sink.sendall(part[: self._limit - self.passed])
                    self.passed, self._limit = self._limit, None
                    if self._stalls:
                        return  # both sides stay open; what else comes is never passed on
                    break
                self.passed += len(part) if counted else 0
                sink.sendall(part)
            for each in (source, sink):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxied(host: str, port: int) -> Iterator[Proxy]:
    """Open a proxy to this server."""
    proxy = Proxy(host, port)
    try:
        yield proxy
    finally:
        proxy.close()
