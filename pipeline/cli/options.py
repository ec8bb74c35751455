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

from pipeline.cli.text import echo_lines
from pipeline.errors import ConfigError
from pipeline.home import Home
from pipeline.printable import printable_json


def home_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --home, which may also come before the command; the command receives a Home.

    What the command writes is private, unless it does so in usual_files().
    """

    @click.option(
        "--home",
        metavar="FOLDER",
        help="Folder for server, downloads and checkpoints [PIPELINE_HOME].",
    )
    @click.pass_context
    @functools.wraps(function)
    def wrapper(context: Any, home: str | None, *args: Any, **options: Any) -> Any:
        place = Home.locate(home or context.obj)
        with place.private():
            return function(*args, home=place, **options)

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

    It is UTF-8 if the output is, with escapes for what a terminal would obey; in any other encoding
    it is ASCII with escapes.
    """
    text = printable_json(json.dumps(document, indent=2, ensure_ascii=False, default=str))
    if not _can_print(text):
        text = json.dumps(document, indent=2, default=str)
    echo_lines(text)


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
