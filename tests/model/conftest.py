"""Small hand-made pairs and paths."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch

from model.arrays import PADDING
from model.rkan.pair_paths import PairPaths

torch.set_num_threads(1)  # threads that wait for each other on busy cores make these tests crawl

PathLists = Sequence[Sequence[Sequence[int]]]


@pytest.fixture
def make_paths() -> Callable[..., PairPaths]:
    """Build PairPaths from one list of paths per pair; a pair without paths needs ends."""

    def make(
        pairs: PathLists,
        labels: Sequence[float] | None = None,
        ends: Sequence[tuple[int, int]] | None = None,
        steps: int | None = None,
    ) -> PairPaths:
        ends = ends or [(paths[0][0], paths[0][-1]) for paths in pairs]
        flat = [(pair, path) for pair, paths in enumerate(pairs) for path in paths]
        width = steps or max((len(path) for _, path in flat), default=2)
        entities = np.full((len(flat), width), PADDING, dtype=np.int32)
        for row, (_, path) in enumerate(flat):
            entities[row, : len(path)] = path
        return PairPaths(
            users=np.array([user for user, _ in ends], dtype=np.int64),
            movies=np.array([movie for _, movie in ends], dtype=np.int64),
            labels=np.array(labels if labels else [1.0] * len(pairs), dtype=np.float32),
            entities=entities,
            lengths=np.array([len(path) for _, path in flat], dtype=np.int32),
            pair_index=np.array([pair for pair, _ in flat], dtype=np.int32),
        )

    return make
