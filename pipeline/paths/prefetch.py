"""Reads ahead in a thread of its own, so that the database and the network work at once."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

DEPTH = 4  # items read ahead at most
_POLL_SECONDS = 0.1  # how soon the reader notices that nobody wants more


@dataclass(frozen=True)
class _End:
    """The stream's last word: exhausted, or failed with ``error``."""

    error: BaseException | None = None


@contextmanager
def prefetched(stream: Iterator[T], depth: int = DEPTH) -> Iterator[Iterator[T]]:
    """Iterate over ``stream``, which runs in a thread, at most ``depth`` items ahead.

    An error of the stream is raised where its next item would have come. At the end of the block,
    however it ends, the stream is closed, in the thread that ran it, and the thread is gone.
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
        except BaseException as error:  # handed over, raised by the consumer
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
