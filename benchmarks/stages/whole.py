"""The whole: the seconds of each command from the data to the recommendations."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.commands import pipeline, run
from benchmarks.pairing import Figure
from pipeline.load.writes import remove_graph
from pipeline.progress import say

_MOST_RATINGS = 100_000  # of a quick run


def measure(bench: Bench) -> Iterator[Figure]:
    """Run the commands one after the other, on a server that has just started."""
    if bench.quick and len(bench.tables.ratings) > _MOST_RATINGS:
        say("whole: left out, because the data set is too large for --quick")
        return
    remove_graph(bench.graph)
    bench.server.restart()
    for arguments in (
        ("load-kg", "--dataset", bench.source),
        ("enrich",),
        ("train",),
        ("recommend",),
    ):
        block, peaks = run(pipeline(*arguments), bench.server.pid)
        yield Figure("whole", arguments[0], "s", [block], peaks=peaks)
