"""Scoring: users a second that are ranked and explained, without writing anything."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from benchmarks.bench import Bench
from benchmarks.pairing import Figure, timed
from benchmarks.trained import Trained, trained
from model.rkan_history.candidate_lists import CandidateLists
from pipeline.device import torch_threads
from pipeline.ids import UserRows
from pipeline.networks.rkan_history.ranked_lists import RankedLists
from pipeline.paths.movies import movie_table


def measure(bench: Bench) -> Iterator[Figure]:
    """Rank as recommend does; the reference has all paths in memory already."""
    ranking = Ranking(trained(bench), bench.size(64, 2048))
    with torch_threads():
        found = bench.measure(timed(ranking.rank), timed(ranking.rank_read))
    yield Figure(
        "scoring",
        "top 10, unwritten",
        "users/s",
        [own for own, _ in found.rounds],
        "paths in memory",
        [other for _, other in found.rounds],
        peaks=found.peaks,
    )


class Ranking:
    """Some users of a trained network."""

    def __init__(self, run: Trained, users: int) -> None:
        self._recommender = run.recommender
        rows = np.flatnonzero(run.context.histories.sizes > 0)[:users]
        self._rows = UserRows(rows.astype(np.int64))
        self._k = run.config.recommend.top_k
        self._keep = run.config.recommend.max_explanation_paths
        self._movies = movie_table(run.context.catalogue)

    def rank(self) -> int:
        """Read the paths, rank and explain; return the number of users."""
        found = self._recommender.recommend(self._rows, self._k, self._keep)
        return sum(each.rank == 1 for each in found)

    def rank_read(self) -> int:
        """Do the same with paths that were read before."""
        network = self._recommender.network
        ranked = (RankedLists(network, self._movies, lists) for lists in self._read)
        return sum(each.rank == 1 for lists in ranked for each in lists.best(self._k, self._keep))

    @cached_property
    def _read(self) -> list[CandidateLists]:
        return list(self._recommender.candidates.lists(self._rows, at_least=self._k))
