"""``pipeline serve``: answer questions over HTTP."""

from __future__ import annotations

import rich_click as click

from pipeline.cli.options import home_option, need_extra
from pipeline.cli.text import echo
from pipeline.home import Home


@click.command(name="serve")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen at. Others than this machine's own let the network read all ratings.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Port to listen at; 0 for any free one.",
)
@home_option
def command(home: Home, host: str, port: int) -> None:
    """Answer questions over HTTP, for reading only, until Ctrl+C or SIGTERM.

    GET /recommend, /explain, /similar and /search return what the commands print with --json,
    /health the state. /docs is a page to try them, /openapi.json their description. Nothing is
    ever written. There is no login, so it listens on this machine only.

    Example: pipeline serve

    Example: pipeline serve --port 8080

    Example: curl "http://127.0.0.1:8000/recommend?user=1&genre=Comedy"
    """
    need_extra("serve", ("fastapi", "fastapi_offline", "uvicorn"))
    from pipeline.api.reader import FilmReader
    from pipeline.service.run import run_service

    def started(address: str) -> None:
        echo(f"Answering at {address}, for reading only; try {address}/docs")
        echo("Stop with Ctrl+C.")

    with FilmReader.open(home.root) as films:
        run_service(films, host, port, started=started)
