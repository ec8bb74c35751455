"""Stages that a tiny data set can go through, on a real server."""

import importlib

import numpy as np
import pytest

from benchmarks.bench import Bench
from benchmarks.errors import DifferentResultsError
from benchmarks.raw import own_query
from benchmarks.server import Server
from benchmarks.stages import STAGES, loading
from benchmarks.stages.paths_of_pairs import PairSample, all_paths, sampled_paths
from pipeline.home import Home
from pipeline.load.writes import count_graph
from tests.support import small_source


class Borrowed(Server):
    """The tests' server, which stays as it is."""

    def __init__(self, graph, status):
        self.graph, self._status = graph, status


@pytest.fixture
def bench(graph, server, tmp_path):
    folder = small_source.small_folder(tmp_path)
    return Bench(Borrowed(graph, server), Home(tmp_path / "home"), str(folder), quick=True)


def test_both_ways_of_loading_write_the_same_rows(bench, graph):
    rated, whole = loading.measure(bench)
    number = small_source.RELATIONSHIPS["RATED"]
    assert {block.units for block in (*rated.blocks, *rated.reference_blocks)} == {number}
    assert len(rated.blocks) == len(rated.ratios) == 3
    everything = sum((small_source.NODES | small_source.RELATIONSHIPS).values())
    assert {block.units for block in whole.blocks} == {everything}
    assert all(
        inner.seconds <= outer.seconds
        for inner, outer in zip(rated.blocks, whole.blocks, strict=True)
    )
    assert sum(count_graph(graph)[0].values()) == 0  # the graph is left empty


def test_paths_beside_both_references(bench, graph):
    sample = PairSample(graph, bench.loaded(), hops=3, users=3, listed=4)
    cold, warm = sampled_paths(bench, sample)
    [whole] = all_paths(bench, sample)
    assert {block.units for block in (*cold.blocks, *warm.blocks, *whole.blocks)} == {
        len(sample.rows)
    }
    assert whole.reference == "join in memory"
    assert warm.ratio is not None


def test_different_numbers_of_paths_are_an_error(bench, graph):
    sample = PairSample(graph, bench.loaded(), hops=3, users=3, listed=4)
    sample.join._attributes = np.zeros_like(sample.join._attributes)
    with pytest.raises(DifferentResultsError):
        list(all_paths(bench, sample))


def test_every_stage_is_a_module():
    for stage in STAGES:
        assert callable(importlib.import_module(f"benchmarks.stages.{stage}").measure)


@pytest.mark.parametrize("name", ["rated", "movie_links", "user_links"])
def test_the_references_queries_are_documented(name):
    assert own_query(name).description
