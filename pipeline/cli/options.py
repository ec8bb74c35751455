"""Options that several commands share, and how results reach standard output."""

from __future__ import annotations

import functools
import importlib.util
import json
from collections.abc import Callable
from typing import Any

import rich_click as click

from pipeline.errors import ConfigError
from pipeline.home import Home


def home_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --home, which may also stand before the command; the command receives a Home."""

    @click.option("--home", metavar="FOLDER", help="Where everything local lives [PIPELINE_HOME].")
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
    help="Where the network runs.",
)

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document to standard output."
)


def print_json(document: Any) -> None:
    """The one JSON document of a command run with --json."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, default=str))


def need_extra(extra: str, modules: tuple[str, ...]) -> None:
    """Refuse, before anything is done, a command whose optional packages are not installed.

    Raises:
        ConfigError: naming what is missing and how to install it.
    """
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        raise ConfigError(
            f"this command needs packages that are not installed ({', '.join(missing)}); "
            f"run: pip install 'rkan[{extra}]'"
        )
