"""Refuses requests under foreign names.

A web page can let its own name lead to 127.0.0.1 and so read, in its visitor's browser, what only
this machine may read. Such requests have that name in the Host header.
"""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.service.problems import problem


class OnlyHosts:
    """Answers requests whose Host header has one of these names, with any port."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if (
            scope["type"] == "http"
            and _name(Headers(scope=scope).get("host", "")) not in self._hosts
        ):
            names = ", ".join(sorted(self._hosts))
            refusal = problem(
                HTTPStatus.BAD_REQUEST, f"this service answers under these names only: {names}"
            )
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
