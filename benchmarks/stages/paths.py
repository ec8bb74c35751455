"""Paths: pairs a second from Neo4j, beside NetworkX and beside a join of arrays in memory."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.pairing import Figure
from benchmarks.stages.paths_of_candidates import candidate_paths
from benchmarks.stages.paths_of_pairs import PairSample, all_paths, sampled_paths

# hops -> users whose pairs are asked for, pairs that NetworkX lists: quick, and full
_SIZES = {3: ((128, 5), (943, 60)), 5: ((64, 2), (256, 4)), 7: ((32, 1), (128, 2))}


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure RKAN's paths of 3, 5 and 7 hops, then the default network's."""
    content = bench.enriched()
    bench.server.restart()
    for hops, (quick, full) in _SIZES.items():
        users, listed = quick if bench.quick else full
        sample = PairSample(bench.graph, content, hops, users, listed)
        yield from sampled_paths(bench, sample)
        if hops == 3:
            yield from all_paths(bench, sample)
    yield from candidate_paths(bench, content)
