"""Convert columns of strings to numbers, with a reason for each unusable value."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WHOLE = re.compile(r"[+-]?[0-9]+(?:\.0*)?")
_LIMIT = 2**63


def whole_numbers(name: str, values: Sequence[str]) -> tuple[NDArray[np.int64], dict[int, str]]:
    """Return the values as int64 (0 for unusable ones), and position -> reason for those.

    A whole number may be written as 7, -7, +7 or 7.0.
    """
    if _plain("".join(values)):
        try:
            return np.fromiter(map(int, values), np.int64, len(values)), {}
        except (ValueError, OverflowError):
            pass
    numbers, reasons = np.zeros(len(values), np.int64), {}
    for row, value in enumerate(values):
        digits = value.strip()
        if not digits:
            reasons[row] = f"{name} is missing"
        elif not _WHOLE.fullmatch(digits):
            reasons[row] = f"{name} {value!r} is not a whole number"
        else:
            digits = digits.partition(".")[0]
            number = int(digits) if len(digits.lstrip("+-0")) < 20 else _LIMIT
            if -_LIMIT <= number < _LIMIT:
                numbers[row] = number
            else:
                reasons[row] = f"{name} {value!r} does not fit into 64 bits"
    return numbers, reasons


def finite_numbers(name: str, values: Sequence[str]) -> tuple[NDArray[np.float64], dict[int, str]]:
    """Return the values as float64 (NaN for unusable ones), and position -> reason for those."""
    plain = _plain("".join(values))
    if plain:
        try:
            numbers = np.fromiter(map(float, values), np.float64, len(values))
        except ValueError:
            pass
        else:
            if np.isfinite(numbers).all():
                return numbers, {}
    numbers, reasons = np.full(len(values), np.nan), {}
    for row, value in enumerate(values):
        if not value.strip():
            reasons[row] = f"{name} is missing"
            continue
        try:
            number = float(value) if plain or _plain(value) else math.nan
        except ValueError:
            number = math.nan
        if math.isfinite(number):
            numbers[row] = number
        else:
            reasons[row] = f"{name} {value!r} is not a finite number"
    return numbers, reasons


def _plain(text: str) -> bool:
    """Return True if ``text`` has no digits that only Python would accept, as in 1_000 or ٣."""
    return text.isascii() and "_" not in text
