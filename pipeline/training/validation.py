"""How well a network ranks what users watched after the part of their history that trains it."""

from __future__ import annotations

import numpy as np
import torch

from model.rkan import RKAN
from pipeline.evaluation.evaluate import judged
from pipeline.evaluation.metrics import CUTOFF, mrr_sum
from pipeline.histories import Histories
from pipeline.recommendation.ranking import Integers, Scores, rank_movies


class Validator:
    """mrr_sum@10 of the inner-product ranking, averaged over the users with something to find.

    Candidates are the movies of the training histories, minus the user's own there.
    """

    def __init__(self, network: RKAN, training: Histories, validation: Histories) -> None:
        self._network, self._training, self._validation = network, training, validation
        useful = (validation.sizes > 0) & (training.sizes > 0)
        self._rows = np.flatnonzero(useful).astype(np.int64)

    def __call__(self) -> float:
        """The score of the network as it is now.

        Raises:
            FloatingPointError: a score is not a finite number.
        """
        top = rank_movies(self._training, self._rows, self._scores, CUTOFF)
        return float(mrr_sum(judged(top, self._rows, self._validation)).mean())

    @torch.inference_mode()
    def _scores(self, users: Integers, movies: Integers) -> Scores:
        device = self._network.embedding.weight.device
        scores = self._network.score(
            torch.from_numpy(users).to(device), torch.from_numpy(movies).to(device)
        )
        return np.asarray(scores.cpu().numpy(), dtype=np.float32)
