"""What a check finds: the state of one thing, and how to repair it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from pipeline.errors import PipelineError

State = Literal["ok", "warning", "problem"]
Repair = Callable[[], str]


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        state: "problem" where something does not work or is wrong, "warning" where it works so far.
        subject: what was checked.
        value: what was found.
        fix: the command, or other way, that repairs it; None if there is nothing to repair.
        repair: repairs it, if that loses nothing, and returns what it did.
        repaired: True if it was just repaired.
    """

    state: State
    subject: str
    value: str
    fix: str | None = None
    repair: Repair | None = field(default=None, repr=False, compare=False)
    repaired: bool = False

    def to_json(self) -> dict[str, object]:
        """Return the fields as JSON values."""
        return {
            "state": self.state,
            "subject": self.subject,
            "value": self.value,
            "fix": self.fix,
            "repairable": self.repair is not None,
            "repaired": self.repaired,
        }


def ok(subject: str, value: str) -> Finding:
    """Return a finding that needs nothing."""
    return Finding("ok", subject, value)


def warning(subject: str, value: str, fix: str, repair: Repair | None = None) -> Finding:
    """Return a finding that works so far."""
    return Finding("warning", subject, value, fix, repair)


def problem(subject: str, value: str, fix: str | None, repair: Repair | None = None) -> Finding:
    """Return a finding that does not work, or is wrong."""
    return Finding("problem", subject, value, fix, repair)


def from_error(subject: str, error: PipelineError | OSError) -> Finding:
    """Return the problem that an error tells; its message names the fix after a semicolon."""
    value, _, fix = str(error).partition("; ")
    return problem(subject, value, fix or None)


def mended(finding: Finding) -> Finding:
    """Repair what is found, if that is safe, and return what is then the state of things."""
    if finding.repair is None:
        return finding
    try:
        done = finding.repair()
    except (PipelineError, OSError) as error:
        value = f"{finding.value}, and the repair failed: {error}"
        return replace(finding, state="problem", value=value, repair=None)
    return Finding("ok", finding.subject, f"{done} ({finding.value})", repaired=True)
