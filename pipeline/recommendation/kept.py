"""What a service reads of a graph once for many recommendations, while it stays the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from model.checkpoint import Checkpoint
from pipeline.content.catalogue import Catalogue, read_catalogue
from pipeline.content.dataset import Dataset
from pipeline.content.lookup import MovieRef, read_movies
from pipeline.graph import Graph
from pipeline.home import Home
from pipeline.queries import load_query
from pipeline.runs.checkpoints import find_checkpoint, find_trained

T = TypeVar("T")


@dataclass(frozen=True)
class _Copy:
    value: Any
    key: Hashable
    until: float


class Kept:
    """The names of a graph and the checkpoint of a run. Threads may share it.

    A copy is used as long as nothing says that it is old: another load, another number of nodes or
    relationships, another checkpoint. What no number shows, such as another title, counts after
    ``seconds`` at the latest.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._copies: dict[str, _Copy] = {}

    def names(self, graph: Graph, dataset: Dataset) -> tuple[list[MovieRef], Catalogue]:
        """Return the graph's movies and its catalogue."""

        def key() -> Hashable:
            counts = ("read/node_counts", "read/relationship_counts")
            changing = ("Run", graph.schema.rated, graph.schema.held_out)  # no part in names
            rows = [tuple(row.values()) for name in counts for row in graph.read(load_query(name))]
            return dataset.data_hash, *(row for row in rows if row[0] not in changing)

        return self._get("names", key, lambda: (read_movies(graph), read_catalogue(graph)))

    def checkpoint(self, home: Home, dataset: Dataset, run_id: str | None) -> Checkpoint:
        """Return what find_trained returns."""

        def key() -> Hashable:
            newest = find_checkpoint(home, run_id)
            return newest, newest.stat().st_mtime_ns, dataset.data_hash, run_id

        return self._get("checkpoint", key, lambda: find_trained(home, dataset, run_id))

    def _get(self, name: str, key: Callable[[], Hashable], read: Callable[[], T]) -> T:
        """Return a copy if there is a fresh one, else read; one thread reads, the others wait."""
        if not self._seconds:
            return read()
        with self._lock:
            now, found = key(), self._copies.get(name)
            if found is None or found.key != now or found.until < time.monotonic():
                found = _Copy(read(), now, time.monotonic() + self._seconds)
                self._copies[name] = found
            value: T = found.value
            return value
