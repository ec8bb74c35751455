"""Loading: RATED relationships a second, beside the bare driver with the same rows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

from benchmarks.bench import Bench
from benchmarks.errors import DifferentResultsError
from benchmarks.pairing import Block, Figure
from benchmarks.raw import RawDriver, own_query
from benchmarks.watching import WatchedGraph
from pipeline.graph import BATCH_SIZE
from pipeline.load.kg import load_kg
from pipeline.load.writes import count_graph, remove_graph
from pipeline.queries import load_query
from pipeline.schema import MOVIELENS
from pipeline.sources.tables import SourceTables

_RATED = "load/rated"
_AT_MOST = 1.3  # times the seconds of the bare driver


def measure(bench: Bench) -> Iterator[Figure]:
    """Load a part of the data set again and again, each time into an empty graph."""
    tables = _part(bench.tables, bench.size(15_000, 1_000_000))
    remove_graph(bench.graph)
    loader = Loader(bench, tables)
    with closing(RawDriver(bench.server.connection)) as driver:
        found = bench.measure(loader.load, lambda: loader.load_raw(driver))
    for place, name in enumerate(("RATED", "whole graph")):
        yield Figure(
            "loading",
            name,
            "rows/s",
            [own[place] for own, _ in found.rounds],
            "bare driver",
            [other[place] for _, other in found.rounds],
            target=1 / _AT_MOST if name == "RATED" else None,
            peaks=found.peaks,
        )


class Loader:
    """Loads the same tables with the project and with the bare driver."""

    def __init__(self, bench: Bench, tables: SourceTables) -> None:
        self._bench, self._tables = bench, tables
        self._writes: list[tuple[str, list[Any]]] = []  # name of a query, its batches of rows
        self._rated = self._all = 0

    def load(self) -> tuple[Block, Block]:
        """Load with the project; return RATED alone, and all from the tables to the last check."""
        with WatchedGraph.open(self._bench.server.connection) as graph:
            started = time.perf_counter()
            summary = load_kg(graph, self._tables, quarantine=self._bench.home.quarantine)
            seconds = time.perf_counter() - started
            self._rated = summary.train_ratings
            self._all = sum((summary.nodes | summary.relationships).values())
            rated = graph.since_the_one_before(_RATED, self._rated)
            remove_graph(graph)
        return rated, Block(self._all, seconds)

    def load_raw(self, driver: RawDriver) -> tuple[Block, Block]:
        """Load the same rows with the bare driver, the ratings in plain batches."""
        if not self._writes:
            self._record()
        seconds = dict.fromkeys((_RATED, ""), 0.0)
        for name, batches in self._writes:
            query = own_query("rated") if name == _RATED else load_query(name)
            started = time.perf_counter()
            driver.write(query, batches)
            seconds[_RATED if name == _RATED else ""] += time.perf_counter() - started
        found = count_graph(self._bench.graph)[1][MOVIELENS.rated]
        remove_graph(self._bench.graph)
        if found != self._rated:
            raise DifferentResultsError(f"the bare driver wrote {found} RATED, not {self._rated}")
        return Block(self._rated, seconds[_RATED]), Block(self._all, sum(seconds.values()))

    def _record(self) -> None:
        """Load once more, and keep the rows."""
        with WatchedGraph.open(self._bench.server.connection) as graph:
            graph.keeps_rows = True
            load_kg(graph, self._tables, quarantine=self._bench.home.quarantine)
            names = dict.fromkeys(note.query for note in graph.notes if note.rows is not None)
            self._writes = [(name, graph.written_rows(name)) for name in names]
            remove_graph(graph)
        for place, (name, batches) in enumerate(self._writes):
            if name == _RATED:
                rows = [
                    {"userId": user["userId"], **rating}
                    for batch in batches
                    for user in batch
                    for rating in user["ratings"]
                ]
                self._writes[place] = name, _batches(rows)


def _batches(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [rows[start : start + BATCH_SIZE] for start in range(0, len(rows), BATCH_SIZE)]


def _part(tables: SourceTables, most: int) -> SourceTables:
    """Return the data set with the ratings of its first users, at most about so many."""
    ratings = tables.ratings
    if len(ratings) <= most:
        return tables
    by_user = ratings.groupby("userId").size().cumsum()
    return replace(tables, ratings=ratings[ratings["userId"].isin(by_user[by_user <= most].index)])
