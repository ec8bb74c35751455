"""One epoch of RKAN on some users, and its parts for the references."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch

from benchmarks.bench import Bench
from model.rkan.batches import collate, pairs_between
from model.rkan.network import RKAN
from model.rkan.pair_paths import PairPaths, PathBatch
from model.training.trainer import Trainer
from pipeline.content.histories import Histories
from pipeline.ids import UserRows
from pipeline.networks.rkan.config import RKANRunConfig
from pipeline.networks.rkan.pairs import TrainingPairs


class PairTraining:
    """RKAN with its default settings; its paths come from Neo4j while it trains.

    Attributes:
        settings: those of the optimisation.
    """

    def __init__(self, bench: Bench) -> None:
        content, config = bench.loaded(), RKANRunConfig()
        self._config, self.settings = config, config.train
        self._num_entities = content.dataset.num_entities
        self._singles = bench.size(150, 1000)
        self._source = TrainingPairs(
            bench.graph,
            _some_users(content.histories, bench.size(64, 943)),
            config.paths,
            num_negs_per_pos=config.train.num_negs_per_pos,
            seed=(0,),
        )

    def network(self) -> RKAN:
        """Return a new network."""
        network = RKAN(self._config.model, self._num_entities)
        network.reset_parameters(torch.Generator().manual_seed(0))
        return network

    def train(self) -> int:
        """Train a new network for an epoch, and return the number of pairs."""
        trainer = Trainer(self.network(), self.settings, torch.device("cpu"))
        trainer.fit(1, self._source.stream)
        return trainer.records[0].pairs

    def single(self) -> list[PathBatch]:
        """Return the tensors of a few pairs, one pair each."""
        pairs = self._read[0]
        places = range(min(self._singles, len(pairs.users)))
        return [collate(pairs_between(pairs, place, place + 1)) for place in places]

    def ready(self) -> list[PathBatch]:
        """Return the tensors of the whole epoch, in its batches."""
        rng = np.random.default_rng(0)
        return list(self.network().batches(self._read, self.settings.batch_size, rng))

    @cached_property
    def _read(self) -> list[PairPaths]:
        with self._source.stream(1) as chunks:
            return list(chunks)


def _some_users(histories: Histories, number: int) -> Histories:
    """Return the histories with those of all but some users emptied."""
    order = np.random.default_rng(0).permutation(len(histories))
    return histories.last(0, UserRows(order[number:].astype(np.int64)))
