"""The path training of the default network on some users, and its parts for the references."""

from __future__ import annotations

import tempfile
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from benchmarks.bench import Bench
from benchmarks.trained import trained
from model.rkan_history.batches import collate_lists, lists_of
from model.rkan_history.candidate_lists import CandidateLists, ListBatch
from model.rkan_history.network import RKANHistory
from model.training.trainer import Trainer
from pipeline.enrichment.early import early_and_late
from pipeline.ids import UserRows
from pipeline.networks.rkan_history.candidates import Candidates
from pipeline.networks.rkan_history.config import HistoryRunConfig
from pipeline.networks.rkan_history.derived import paths_of
from pipeline.networks.rkan_history.spool import Spool
from pipeline.networks.rkan_history.training import new_network
from pipeline.paths.movies import movie_table


class ListTraining:
    """The network with its run's settings: lists are read from Neo4j once, then trained on.

    Attributes:
        settings: those of the optimisation.
    """

    def __init__(self, bench: Bench) -> None:
        run = trained(bench)
        self._config, self.settings = run.config, HistoryRunConfig().train
        self._folder = bench.home.root
        self._singles = bench.size(50, 200)
        self._movies = movie_table(run.context.catalogue)
        self._encoder = run.recommender.network.history.state_dict()
        histories = run.context.histories
        early, self._late = early_and_late(histories, run.config.enrich)
        known, _ = histories.split(run.config.enrich.label_fraction)
        self._candidates = Candidates(
            run.recommender.network,
            early,
            self._movies,
            run.config.paths,
            paths_of(bench.graph, run.config, known, early=True),
            known,
        )
        rows = np.flatnonzero((early.sizes > 0) & (self._late.sizes > 0)).astype(np.int64)
        rows = np.random.default_rng(0).permutation(rows)
        self._rows = UserRows(rows[: bench.size(64, 943)])

    def network(self) -> RKANHistory:
        """Return a network as it is before this phase: its history encoder is trained."""
        network = new_network(self._config, self._movies)
        network.history.load_state_dict(self._encoder)
        return network

    def train(self) -> int:
        """Read the lists and train a new network on them for all epochs; return their number."""
        trainer = Trainer(self.network(), self.settings, torch.device("cpu"))
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            spool = Spool(Path(folder))
            for chunk in self._candidates.lists(self._rows, future=self._late):
                spool.add(chunk)
            trainer.fit(self.settings.epochs, spool.stream)
        return self.settings.epochs * spool.users

    def single(self) -> list[ListBatch]:
        """Return the tensors of a few lists, one list each."""
        lists = self._read[0]
        places = np.arange(min(self._singles, len(lists.users)))
        return [collate_lists(lists_of(lists, places[at : at + 1])) for at in places]

    def ready(self) -> list[ListBatch]:
        """Return the tensors of one epoch, in its batches."""
        rng = np.random.default_rng(0)
        return list(self.network().batches(self._read, self.settings.batch_size, rng))

    @cached_property
    def _read(self) -> list[CandidateLists]:
        return list(self._candidates.lists(self._rows, future=self._late))
