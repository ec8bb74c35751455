"""Errors as problem JSON (RFC 9457), with the same line that a command prints."""

from __future__ import annotations

import difflib
import json
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import TypeAdapter
from starlette.exceptions import HTTPException

from pipeline.errors import ConfigError, NotFoundError, PipelineError
from pipeline.home import system_message
from pipeline.printable import one_line, printable_json

MEDIA_TYPE = "application/problem+json"
_MEANINGS = {
    HTTPStatus.NOT_FOUND: "There is no such user, film, genre, run or recommendation.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "A parameter is missing, unknown or not allowed.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database or what it holds cannot answer this now.",
}


@dataclass(frozen=True)
class Problem:
    """An error.

    Attributes:
        title: name of the status.
        status: HTTP status.
        detail: what is wrong and what to do, in one line.
        type: always "about:blank": ``title`` and ``status`` say all that programs need.
    """

    title: str
    status: int
    detail: str
    type: str = "about:blank"


class PrintableJSON(JSONResponse):
    """A JSON document with escapes for what a terminal would obey, as commands print it."""

    def render(self, content: Any) -> bytes:
        """Return the document as UTF-8."""
        return printable_json(json.dumps(content, ensure_ascii=False, allow_nan=False)).encode()


def described(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Return the errors of a path for its OpenAPI description."""
    content = {MEDIA_TYPE: {"schema": TypeAdapter(Problem).json_schema()}}
    return {
        int(status): {"description": _MEANINGS[status], "content": content} for status in statuses
    }


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    """Return the response for an error."""
    found = Problem(HTTPStatus(status).phrase, status, one_line(detail))
    return PrintableJSON(asdict(found), status, headers, MEDIA_TYPE)


def add_handlers(app: FastAPI) -> None:
    """Let an application answer every error with problem JSON."""
    for kind in (PipelineError, OSError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _answer)


def status_of(error: PipelineError) -> HTTPStatus:
    """Return the HTTP status that tells a client whether it asked wrongly, or cannot ask now."""
    if isinstance(error, NotFoundError):
        return HTTPStatus.NOT_FOUND
    if isinstance(error, ConfigError):
        return HTTPStatus.UNPROCESSABLE_ENTITY
    return HTTPStatus.SERVICE_UNAVAILABLE


async def _answer(request: Request, error: Exception) -> Response:
    if isinstance(error, PipelineError):
        return problem(status_of(error), str(error))
    if isinstance(error, OSError):
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, system_message(error))
    if isinstance(error, RequestValidationError):
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, _wrong_parameter(request, error))
    if isinstance(error, HTTPException):
        headers = dict(error.headers) if error.headers else None
        return problem(error.status_code, _refused(request, error), headers)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "an unexpected error; the log of the service has it"
    )


def _wrong_parameter(request: Request, error: RequestValidationError) -> str:
    first = error.errors()[0]
    name = ".".join(map(str, first["loc"][1:]))
    if first["type"] == "missing":
        return f"the parameter {name} is missing"
    if first["type"] != "extra_forbidden":
        return f"{name} = {first['input']!r}: {first['msg']}"
    known = _parameters(request)
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known) or 'none'}"
    return f"unknown parameter {name}; {hint}"


def _parameters(request: Request) -> list[str]:
    """Return the names of the parameters of the path that was asked."""
    described = request.app.openapi()["paths"][request.url.path]["get"]
    return [each["name"] for each in described.get("parameters", ())]


def _refused(request: Request, error: HTTPException) -> str:
    path = request.url.path
    if error.status_code == HTTPStatus.NOT_FOUND:
        return f"there is no path {path}; /openapi.json describes those there are"
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return f"{path} has no method {request.method}; use GET"
    return str(error.detail)
