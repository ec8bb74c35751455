"""Text that fits a terminal."""

from __future__ import annotations

import shutil
import textwrap

import rich_click as click

_WIDEST = 100  # longer lines are hard to read


def print_wrapped(text: str, indent: str = "") -> None:
    """Print text, wrapped between words; ``indent`` is put before all lines but the first."""
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    lines = textwrap.wrap(
        text,
        max(width, 40),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
        drop_whitespace=True,
    )
    for line in lines or [""]:
        click.echo(line)


def print_next(command: str, purpose: str) -> None:
    """Print the command that is useful next."""
    click.echo(f"\nNext: {command}   ({purpose})")
