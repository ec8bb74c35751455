"""Scores by the inner product of the learned embeddings (Algorithm 1, step 8 of the paper)."""

from __future__ import annotations

import numpy as np
import torch

from model.rkan.network import RKAN
from pipeline.ranking.lists import Integers, Score, Scores


def inner_products(network: RKAN) -> Score:
    """What rank_movies asks for: the network's scores, on whatever device it is when asked."""

    @torch.inference_mode()
    def score(users: Integers, movies: Integers) -> Scores:
        device = network.embedding.weight.device
        scores = network.score(
            torch.from_numpy(users).to(device), torch.from_numpy(movies).to(device)
        )
        return np.asarray(scores.cpu().numpy(), dtype=np.float32)

    return score
