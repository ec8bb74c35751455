"""Options and output helpers that several commands share."""

from __future__ import annotations

import codecs
import functools
import importlib.util
import json
import sys
from collections.abc import Callable
from typing import Any

import rich_click as click

from pipeline.errors import ConfigError
from pipeline.home import Home


def home_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --home, which may also come before the command; the command receives a Home."""

    @click.option(
        "--home",
        metavar="FOLDER",
        help="Folder for server, downloads and checkpoints [PIPELINE_HOME].",
    )
    @click.pass_context
    @functools.wraps(function)
    def wrapper(context: Any, home: str | None, *args: Any, **options: Any) -> Any:
        return function(*args, home=Home.locate(home or context.obj), **options)

    return wrapper


device_option = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Device for the network.",
)

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document to standard output."
)


def print_json(document: Any) -> None:
    """Print the one JSON document of a command that runs with --json.

    It is UTF-8 if the output is; in any other encoding it is ASCII with escapes.
    """
    text = json.dumps(document, indent=2, ensure_ascii=False, default=str)
    if not _can_print(text):
        text = json.dumps(document, indent=2, default=str)
    click.echo(text)


def _can_print(text: str) -> bool:
    """Return True if standard output is UTF-8 and has an encoding for every character."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if codecs.lookup(encoding).name != "utf-8":
        return False
    try:
        text.encode()
    except UnicodeEncodeError:  # a file name whose bytes are not UTF-8
        return False
    return True


def need_extra(extra: str, modules: tuple[str, ...]) -> None:
    """Check that a command's optional packages are installed, before it does any work.

    Raises:
        ConfigError: a package is missing; the message says how to install it.
    """
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        raise ConfigError(
            f"this command needs packages that are not installed ({', '.join(missing)}); "
            f"run: pip install 'rkan[{extra}]'"
        )
