"""The figures as a table of 80 columns."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.table import Table

from benchmarks.pairing import Figure

WIDTH = 80


def table(figures: Iterable[Figure]) -> Table:
    """Return the table, a section for each stage."""
    made = Table(box=box.SIMPLE_HEAD, width=WIDTH, show_edge=False, padding=0)
    made.add_column("stage")
    for title in ("this project", "reference", "ratio", "Python\nMiB", "Neo4j\nMiB"):
        made.add_column(title, justify="right", no_wrap=True)
    stage = None
    for figure in figures:
        if figure.stage != stage:
            made.add_section()
            made.add_row(f"[bold]{figure.stage}[/bold]")
            stage = figure.stage
        made.add_row(
            f" {figure.name}",
            number(figure.value, figure.unit),
            reference(figure),
            ratio(figure),
            memory(figure.peaks.python),
            memory(figure.peaks.server),
        )
    return made


def number(value: float, unit: str) -> str:
    """Return a figure of about three digits with its unit: "1,234 pairs/s", "0.52 s"."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def reference(figure: Figure) -> str:
    """Return the name and the figure of the reference, or "-"."""
    if figure.reference is None or figure.reference_value is None:
        return "-"
    most = "< " if figure.gave_up else ""
    unit = figure.unit.rpartition("/")[2]
    shown = number(figure.reference_value, "s" if unit == figure.unit else f"/{unit}")
    return f"{figure.reference}\n{most}{shown}"


def ratio(figure: Figure) -> str:
    """Return how many times as fast as the reference the project is, and the target if any."""
    if figure.ratio is None:
        return "-"
    least = ">" if figure.gave_up else ""
    text = f"{least}{number(figure.ratio, '').strip()}x"
    if figure.target is None:
        return text
    colour = "green" if figure.met else "red"
    return f"[{colour}]{text}[/{colour}]\n≥ {number(figure.target, '').strip()}x"


def memory(mebibytes: int | None) -> str:
    """Return the number, or "-" where it is unknown."""
    return "-" if mebibytes is None else f"{mebibytes:,}"
