"""Latency: wall time of small commands, beside importing the greatest package that each needs."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.commands import block, pipeline, run
from benchmarks.pairing import Figure, alternate
from benchmarks.trained import trained


def measure(bench: Bench) -> Iterator[Figure]:
    """Recommend to one user and explain it, again and again."""
    user = str(trained(bench).context.histories.user_ids[0])
    for title, arguments, package in (
        (f"recommend --users {user}", ("recommend", "--users", user), "torch"),
        (f"explain {user}", ("explain", user), "neo4j"),
    ):
        command = pipeline(*arguments)
        _, peaks = run(command, bench.server.pid)
        rounds = alternate((block(command), block(["-c", f"import {package}"])), bench.size(3, 5))
        yield Figure(
            "latency",
            title,
            "s",
            [own for own, _ in rounds],
            f"import {package}",
            [other for _, other in rounds],
            peaks=peaks,
        )
