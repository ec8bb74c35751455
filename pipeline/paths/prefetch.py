"""Reads ahead in a thread, so that the database and the network work at the same time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

DEPTH = 4  # maximum number of items read ahead
_POLL_SECONDS = 0.1  # maximum delay until the reader notices that it must stop


@dataclass(frozen=True)
class _End:
    """The end of the stream: exhausted, or failed with ``error``."""

    error: BaseException | None = None


@contextmanager
def prefetched(stream: Iterator[T], depth: int = DEPTH) -> Iterator[Iterator[T]]:
    """Run ``stream`` in a thread, at most ``depth`` items ahead, and iterate over its items.

    An error of the stream is raised in place of its next item. When the block ends, even with an
    error, the stream is closed in its own thread, and the thread is joined.
    """
    items: queue.Queue[T | _End] = queue.Queue(maxsize=depth)
    stopped = threading.Event()

    def put(item: T | _End) -> None:
        while not stopped.is_set():
            try:
                items.put(item, timeout=_POLL_SECONDS)
            except queue.Full:
                continue
            return

    def read() -> None:
        try:
            for item in stream:
                put(item)
                if stopped.is_set():
                    break
        except BaseException as error:  # passed on and raised by the consumer
            put(_End(error))
        else:
            put(_End())
        finally:
            if isinstance(stream, Generator):
                stream.close()

    def received() -> Iterator[T]:
        while True:
            item = items.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item

    thread = threading.Thread(target=read, name="prefetch", daemon=True)
    thread.start()
    try:
        yield received()
    finally:
        stopped.set()
        thread.join()
