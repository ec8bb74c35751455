"""Say what a value is where its type leaves that open; a test that is wrong about it fails."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def present(value: T | None) -> T:
    """Return a value that must not be None."""
    assert value is not None
    return value


def of_type(kind: type[T], value: object) -> T:
    """Return a value that must be of this type."""
    assert isinstance(value, kind)
    return value
