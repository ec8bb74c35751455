"""The error of diverged training."""

from __future__ import annotations


class DivergedError(ArithmeticError):
    """The loss or a weight is NaN or infinite."""
