"""Imports packages without the optional packages that they would load."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Let imports in the block behave as if some packages were not installed.

    Packages that are loaded already stay visible. Afterwards the others can be imported as usual.

    Args:
        names: names of the packages.
    """
    modules: dict[str, Any] = sys.modules
    hidden = [name for name in names if name not in modules]
    modules.update(dict.fromkeys(hidden))  # an import of None raises ModuleNotFoundError
    try:
        yield
    finally:
        for name in hidden:
            del modules[name]
