"""Text that fits a terminal, and that a terminal only shows.

All output of commands goes through here: what it prints may hold any character, such as a title.
"""

from __future__ import annotations

import shlex
import shutil
import textwrap
from typing import TYPE_CHECKING

import rich_click as click

from pipeline.printable import one_line, printable
from pipeline.schema import MOVIELENS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment

    from pipeline.schema import GraphSchema

_WIDEST = 100  # longer lines are hard to read
_NOT_IN_QUOTES = set('"$`\\!')  # what a shell reads within double quotes


def echo(text: str = "", *, err: bool = False) -> None:
    """Print one line to standard output, or to standard error."""
    click.echo(one_line(text), err=err)


def echo_lines(text: str) -> None:
    """Print text of several lines to standard output."""
    click.echo(printable(text))


def print_filled(text: str, indent: str = "", first: str = "") -> None:
    """Print text in 80 columns, with these texts before its first line and before all others."""
    echo_lines(textwrap.fill(one_line(text), 80, initial_indent=first, subsequent_indent=indent))


def print_wrapped(text: str, indent: str = "") -> None:
    """Print text, wrapped between words; ``indent`` is put before all lines but the first."""
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    lines = textwrap.wrap(
        one_line(text),
        max(width, 40),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
        drop_whitespace=True,
    )
    for line in lines or [""]:
        echo(line)


def print_table(table: RenderableType) -> None:
    """Print one of rich's tables to standard output."""
    from rich.console import Console

    Console(highlight=False).print(_Printable(table))


def print_next(command: str, purpose: str) -> None:
    """Print the command that is useful next."""
    echo()
    echo(f"Next: {command}   ({purpose})")


def count_of(number: int | None, one: str, several: str) -> str:
    """Return a number with what is counted: "1 film", "1,682 films"."""
    return f"1 {one}" if number == 1 else f"{number:,} {several}"


def with_id(name: str, movie_id: int | str, schema: GraphSchema) -> str:
    """Return a name and its id; in a graph of someone else, where ids are ours, the name alone."""
    return f"{name} [{movie_id}]" if schema is MOVIELENS else name


def argument_for(name: str, movie_id: int | str, schema: GraphSchema) -> str:
    """Return what a command takes for a movie: its id, or its name in a graph of someone else."""
    if schema is MOVIELENS:
        return str(movie_id)
    return shlex.quote(name) if set(name) & _NOT_IN_QUOTES else f'"{name}"'


class _Printable:
    """A table without control characters but those of rich itself."""

    def __init__(self, table: RenderableType) -> None:
        self._table = table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for part in console.render(self._table, options):
            yield part if part.control else part._replace(text=printable(part.text))
