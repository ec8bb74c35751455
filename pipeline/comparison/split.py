"""The data that all methods of a comparison share: the graph's split, full and with cuts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.arrays import Booleans
from pipeline.comparison.results import HistoriesKind
from pipeline.content.catalogue import Catalogue, read_catalogue
from pipeline.content.dataset import Dataset, read_dataset
from pipeline.content.histories import Histories, read_histories
from pipeline.errors import GraphContentError
from pipeline.graph import Graph
from pipeline.ids import UserRows

CUT_TO = 4  # newest ratings that the cut histories keep
# The number of newest ratings that each kind of cut histories keeps, of the same users.
KEPT: dict[HistoriesKind, int] = {"cut": CUT_TO, "cut2": 2, "cut1": 1}
_CUT_SEED = 0  # fixed, so that all methods and seeds cut the same users


@dataclass(frozen=True)
class Split:
    """The graph's RATED and HELD_OUT ratings, users in the same rows throughout. U users.

    Attributes:
        dataset: the data set.
        catalogue: its movies and their attributes.
        training: the full training histories.
        is_cut: bool [U], True for the users whose histories are cut: half of those with held-out
            ratings and more than ``CUT_TO`` training ratings.
        held_out: the held-out ratings to predict.
    """

    dataset: Dataset
    catalogue: Catalogue
    training: Histories
    is_cut: Booleans
    held_out: Histories

    def histories(self, kind: HistoriesKind) -> Histories:
        """Return the histories to train on; in cut ones some users keep only their last ratings."""
        if kind == "full":
            return self.training
        return self.training.last(KEPT[kind], UserRows(np.flatnonzero(self.is_cut)))

    @property
    def cut(self) -> Histories:
        """The histories of the kind "cut", in which cut users keep ``CUT_TO`` ratings."""
        return self.histories("cut")

    @property
    def rows(self) -> UserRows:
        """The rows of users with both training and held-out ratings, int64."""
        counted = (self.training.sizes > 0) & (self.held_out.sizes > 0)
        return UserRows(np.flatnonzero(counted))


def read_split(graph: Graph) -> Split:
    """Read the split of the graph's data set.

    Raises:
        GraphContentError: the graph is empty, half loaded, or has no held-out ratings.
    """
    dataset = read_dataset(graph)
    training, held_out = read_histories(graph), read_histories(graph, held_out=True)
    cuttable = np.flatnonzero((training.sizes > CUT_TO) & (held_out.sizes > 0))
    chosen = np.random.default_rng(_CUT_SEED).permutation(cuttable)[: (len(cuttable) + 1) // 2]
    is_cut = np.zeros(len(training), dtype=np.bool_)
    is_cut[chosen] = True
    split = Split(
        dataset=dataset,
        catalogue=read_catalogue(graph),
        training=training,
        is_cut=is_cut,
        held_out=held_out,
    )
    if not len(split.rows):
        raise GraphContentError(
            "no user has both training and held-out ratings; "
            "run: pipeline load-kg --replace with --test-fraction above 0"
        )
    return split
