"""``pipeline doctor``: check an installation and a database, and say how to repair them."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

import rich_click as click

from pipeline.cli.options import home_option, json_option, print_json
from pipeline.cli.text import echo, print_wrapped
from pipeline.home import Home

if TYPE_CHECKING:
    from pipeline.doctor.findings import Finding

_INDENT = " " * 9


@click.command("doctor")
@click.option("--repair", is_flag=True, help="Repair what can be repaired without losing anything.")
@json_option
@home_option
def command(repair: bool, as_json: bool, home: Home) -> None:
    """Check the installation, the server, the graph and the checkpoints of a home.

    Each line names the state (ok, warning or problem), what was checked, what was found, and the
    command that repairs it. Without a running server, only what needs none is checked; none is
    started. --repair deletes recommendations without a run and files that killed processes left,
    creates missing constraints and indexes, and takes rights on files from other users. The exit
    code is 0 without a problem, else 1.

    Example: pipeline doctor

    Example: pipeline doctor --repair
    """
    from pipeline.doctor.examine import examine

    found = []
    for finding in examine(home, repair=repair):
        found.append(finding)
        if not as_json:
            _show(_line(finding))
    states = Counter[str](finding.state for finding in found)
    if as_json:
        print_json(
            {
                "problems": states["problem"],
                "warnings": states["warning"],
                "checks": [finding.to_json() for finding in found],
            }
        )
    else:
        echo()
        echo(_summary(found, states))
    sys.exit(1 if states["problem"] else 0)


def _show(line: str) -> None:
    """Print a line, wrapped on a terminal only: elsewhere, each check is one line."""
    if sys.stdout.isatty():
        print_wrapped(line, indent=_INDENT)
    else:
        echo(line)


def _line(finding: Finding) -> str:
    fix = f"; fix: {finding.fix}" if finding.fix else ""
    return f"{finding.state:<8} {finding.subject}: {finding.value}{fix}"


def _summary(found: list[Finding], states: Counter[str]) -> str:
    parts = [_number(states["problem"], "problem"), _number(states["warning"], "warning")]
    repaired = sum(finding.repaired for finding in found)
    if repaired:
        parts.append(f"{repaired} repaired")
    left = sum(finding.repair is not None for finding in found)
    if left:
        parts.append(f"pipeline doctor --repair repairs {left}")
    return ", ".join(parts) + "."


def _number(count: int, name: str) -> str:
    return f"{count} {name}" + ("" if count == 1 else "s")
