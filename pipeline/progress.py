"""Progress messages and bars, always on stderr. Bars appear only on a terminal.

Of several processes that train together, only the first prints.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pipeline.printable import one_line


def is_first_process() -> bool:
    """Return True unless torchrun started several processes and this is not the first."""
    return os.environ.get("RANK", "0") == "0"


_console = Console(stderr=True, quiet=not is_first_process())


def say(text: str) -> None:
    """Print one line for the user to stderr, apart from the output of the command."""
    _console.print(one_line(text), highlight=False, markup=False, soft_wrap=True)


@contextmanager
def progress_bar(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on a terminal, and nothing elsewhere.

    Yields a function to call with the number of units just completed.
    """
    if not _console.is_terminal or _console.quiet:
        yield lambda _: None
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=_console, transient=True) as progress:
        task = progress.add_task(one_line(label), total=total)
        yield lambda units: progress.advance(task, units)
