"""A Graph that notes what is written through it and when, to tell the parts of a stage apart."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

import neo4j

from benchmarks.pairing import Block
from pipeline.graph import Connection, Graph, WriteTransaction
from pipeline.queries import Query

COMMIT = "commit"


class Note(NamedTuple):
    """One write.

    Attributes:
        query: name of the query, or COMMIT.
        started: time of time.perf_counter.
        ended: the same.
        rows: its rows, if they are kept.
    """

    query: str
    started: float
    ended: float
    rows: Any = None


class WatchedGraph(Graph):
    """The graph.

    Attributes:
        notes: all writes, in order.
        keeps_rows: True to keep the rows that are written.
    """

    def __init__(self, driver: neo4j.Driver, connection: Connection, version: str) -> None:
        super().__init__(driver, connection, version)
        self.notes: list[Note] = []
        self.keeps_rows = False

    @classmethod
    def open(cls, connection: Connection, timeout: float = 15.0) -> WatchedGraph:
        """Connect as Graph.open does."""
        return cast(WatchedGraph, super().open(connection, timeout))

    def __enter__(self) -> WatchedGraph:
        return self

    def write(self, query: Query, **parameters: Any) -> Counter[str]:
        """Write, and note it."""
        started = time.perf_counter()
        changes = super().write(query, **parameters)
        self.note(query.name, started, parameters.get("rows"))
        return changes

    @contextmanager
    def transaction(self) -> Iterator[WriteTransaction]:
        """Open a transaction whose writes are noted, and its commit."""
        with super().transaction() as inner:
            yield _WatchedTransaction(self, inner)
            started = time.perf_counter()
        self.note(COMMIT, started)

    def note(self, name: str, started: float, rows: Any = None) -> None:
        """Note a write that ends now."""
        kept = rows if self.keeps_rows else None
        self.notes.append(Note(name, started, time.perf_counter(), kept))

    def written_rows(self, query: str) -> list[Any]:
        """Return the rows of each write with this query."""
        return [note.rows for note in self.notes if note.query == query]

    def since_the_one_before(self, query: str, units: float) -> Block:
        """Return the time from the end of the write before the query's first to that of its last.

        It includes whatever the caller did in between.
        """
        places = [place for place, note in enumerate(self.notes) if note.query == query]
        started = self.notes[places[0] - 1].ended
        return Block(units, self.notes[places[-1]].ended - started)

    def inside(self, queries: tuple[str, ...], units: float) -> Block:
        """Return the time inside the writes with these queries."""
        times = [note.ended - note.started for note in self.notes if note.query in queries]
        return Block(units, sum(times))


class _WatchedTransaction(WriteTransaction):
    def __init__(self, graph: WatchedGraph, inner: WriteTransaction) -> None:
        self._graph, self._inner = graph, inner

    def write(self, query: Query, **parameters: Any) -> Counter[str]:
        started = time.perf_counter()
        changes = self._inner.write(query, **parameters)
        self._graph.note(query.name, started, parameters.get("rows"))
        return changes
