"""Progress on long work: bars on a terminal, plain quiet lines elsewhere, always on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_console = Console(stderr=True)


def say(text: str) -> None:
    """One line about what happens, for people; never part of a command's output."""
    _console.print(text, highlight=False, markup=False, soft_wrap=True)


@contextmanager
def progress_bar(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, or nothing; yields a function to call with the number of units done."""
    if not _console.is_terminal:
        yield lambda _: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=_console, transient=True) as progress:
        task = progress.add_task(label, total=total)
        yield lambda units: progress.advance(task, units)
