"""Writing back: RECOMMENDED relationships a second, beside the bare driver with the same rows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import numpy as np

from benchmarks.bench import Bench
from benchmarks.pairing import Block, Figure
from benchmarks.raw import RawDriver
from benchmarks.trained import Trained, trained
from benchmarks.watching import COMMIT, WatchedGraph
from pipeline.device import torch_threads
from pipeline.ids import UserRows
from pipeline.networks.interface import Recommendation
from pipeline.queries import load_query
from pipeline.recommendation.facts import GraphFacts
from pipeline.recommendation.write_back import write_back
from pipeline.recommendation.writings import remove_other_writings

_RUN = "benchmark"
_QUERY = "write/recommendations"
_AT_MOST = 1.3  # times the seconds of the bare driver


def measure(bench: Bench) -> Iterator[Figure]:
    """Write the same recommendations again and again, each time where there are none."""
    run = trained(bench)
    recommend = run.config.recommend
    rows = np.flatnonzero(run.context.histories.sizes > 0)[: bench.size(64, 943)]
    with torch_threads():
        chosen = UserRows(rows.astype(np.int64))
        found = run.recommender.recommend(chosen, recommend.top_k, recommend.max_explanation_paths)
        writer = Writer(bench, run, list(found))
    with closing(RawDriver(bench.server.connection)) as driver:
        results = bench.measure(writer.write, lambda: writer.write_raw(driver))
    for place, name in enumerate(("into the database", "with sentences")):
        yield Figure(
            "write_back",
            name,
            "rows/s",
            [own[place] for own, _ in results.rounds],
            "bare driver",
            [other[place] for _, other in results.rounds],
            1 / _AT_MOST if place == 0 else None,
            results.peaks,
        )


class Writer:
    """Writes the same recommendations with the project and with the bare driver."""

    def __init__(self, bench: Bench, run: Trained, found: list[Recommendation]) -> None:
        self._bench, self._run, self._found = bench, run, found
        self._batches: list[Any] = []

    def write(self) -> tuple[Block, Block]:
        """Write with the project; return the time in the database, and all of it."""
        self._forget()
        with WatchedGraph.open(self._bench.server.connection) as graph:
            graph.keeps_rows = True
            context, recommender = self._run.context, self._run.recommender
            embeddings = recommender.embeddings()
            started = time.perf_counter()
            written, _ = write_back(
                graph,
                _RUN,
                {"model": "RKAN-history"},
                self._found,
                facts=GraphFacts(graph, context.catalogue, context.histories, recommender.relation),
                embeddings=embeddings,
                users=None,
                started_at=datetime.now(UTC).isoformat(),
            )
            seconds = time.perf_counter() - started
            self._batches = graph.written_rows(_QUERY)
            return graph.inside((_QUERY, COMMIT), written), Block(written, seconds)

    def write_raw(self, driver: RawDriver) -> tuple[Block, Block]:
        """Write the same rows, sentences and all, with the bare driver in one transaction."""
        self._forget()
        started = time.perf_counter()
        driver.write_together(load_query(_QUERY), self._batches, runId=_RUN, writing=1)
        block = Block(len(self._found), time.perf_counter() - started)
        return block, block

    def _forget(self) -> None:
        remove_other_writings(self._bench.graph, _RUN, named=None)
