"""Two calls at the same time, on two threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

One = TypeVar("One")
Other = TypeVar("Other")

_POOL = ThreadPoolExecutor(1, thread_name_prefix="beside")


def both(one: Callable[[], One], other: Callable[[], Other]) -> tuple[One, Other]:
    """Return the results of two calls that do not depend on each other.

    PyTorch's operations run at the same time. Neither thread waits actively for the other, as
    PyTorch's own threads do, so a busy core costs nothing; and each operation stays on one thread,
    so the results are the same on any number of cores.
    """
    later = _POOL.submit(other)
    try:
        first = one()
    finally:
        second = later.result()
    return first, second
