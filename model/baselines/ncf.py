"""NCF: neural matrix factorisation, a product of embeddings beside a multilayer perceptron."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from model.baselines.base import Baseline, Integers, Interactions, Scores, Track, tuned
from model.baselines.negatives import Negatives

_INITIAL_SCALE = 0.05
_USERS_AT_ONCE = 64  # when scoring: bounds the memory of the hidden layers


@dataclass(frozen=True)
class NCFConfig:
    """NeuMF.

    Attributes:
        embedding_dim: of each of the two embeddings, for the product and for the perceptron.
        layers: hidden layers of the perceptron, each half as wide as the one before; the first is
            as wide as one embedding.
        learning_rate: of Adam.
        l2: weight of the penalty on the vectors of a step's users and movies.
        num_negs_per_pos: movies not watched for each one watched, drawn afresh in each epoch.
        epochs: passes over the interactions.
        batch_size: interactions in a step.
    """

    embedding_dim: int = tuned(32, 8, 64, log=True)
    layers: int = 2
    learning_rate: float = tuned(0.003, 0.0005, 0.01, log=True)
    l2: float = tuned(0.03, 0.001, 0.2, log=True)
    num_negs_per_pos: int = tuned(4, choices=(2, 4, 8))
    epochs: int = tuned(20, 5, 40, log=True)
    batch_size: int = 2048


class _Network(nn.Module):
    """The two towers; D embedding size, W width of the perceptron's first layer.

    That layer is split into what comes from the user and what comes from the movie, so that each is
    computed once.
    """

    def __init__(self, num_users: int, num_movies: int, config: NCFConfig, seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        dim = config.embedding_dim
        widths = [max(dim >> layer, 1) for layer in range(config.layers)]

        def table(*shape: int, scale: float = _INITIAL_SCALE) -> nn.Parameter:
            return nn.Parameter(torch.randn(*shape, generator=generator) * scale)

        self.user_product, self.movie_product = table(num_users, dim), table(num_movies, dim)
        self.user_deep, self.movie_deep = table(num_users, dim), table(num_movies, dim)
        self.from_user = table(dim, widths[0], scale=dim**-0.5)
        self.from_movie = table(dim, widths[0], scale=dim**-0.5)
        self.first_bias = nn.Parameter(torch.zeros(widths[0]))
        pairs = list(pairwise(widths))
        self.weights = nn.ParameterList([table(a, b, scale=(2 / a) ** 0.5) for a, b in pairs])
        self.biases = nn.ParameterList([nn.Parameter(torch.zeros(b)) for _, b in pairs])
        self.product_out = nn.Parameter(torch.ones(dim))
        self.deep_out = table(widths[-1], scale=widths[-1] ** -0.5)
        self.bias = nn.Parameter(torch.zeros(()))

    def forward(self, users: Tensor, movies: Tensor) -> Tensor:
        """Logits [b, n] for the users [b] and, for each, movies [b, n] or, for all, [n]."""
        product = self.user_product[users] * self.product_out  # [b, D]
        if movies.dim() == 1:
            linear = product @ self.movie_product[movies].t()  # [b, n]
            deep_movies = (self.movie_deep[movies] @ self.from_movie).unsqueeze(0)  # [1, n, W]
        else:
            linear = torch.einsum("bd,bnd->bn", product, self.movie_product[movies])
            deep_movies = self.movie_deep[movies] @ self.from_movie  # [b, n, W]
        deep_users = (self.user_deep[users] @ self.from_user).unsqueeze(1)  # [b, 1, W]
        hidden = torch.relu(deep_users + deep_movies + self.first_bias)  # [b, n, W]
        for weight, bias in zip(self.weights, self.biases, strict=True):
            hidden = torch.relu(hidden @ weight + bias)
        return linear + hidden @ self.deep_out + self.bias

    def penalty(self, users: Tensor, movies: Tensor) -> Tensor:
        """Squared size of the vectors of a step."""
        return (
            self.user_product[users].square().sum()
            + self.user_deep[users].square().sum()
            + self.movie_product[movies].square().sum()
            + self.movie_deep[movies].square().sum()
        )


class NCF(Baseline[NCFConfig]):
    """He, Liao, Zhang, Nie, Hu, Chua: Neural Collaborative Filtering (WWW 2017), NeuMF (eq. 12).

    logit(u, m) = <h, p_u * q_m> (GMF, eq. 8) + an MLP over another pair of embeddings (eq. 10);
    binary cross-entropy with sampled negatives (eq. 7).

    Departures: both towers train together from the start, without the source's pre-training of
    each; Adam; a penalty on the embeddings.
    """

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Train by binary cross-entropy."""
        config = self.config
        network = _Network(training.num_users, training.num_movies, config, self.seed)
        self._network = network
        optimiser = torch.optim.Adam(network.parameters(), lr=config.learning_rate)
        generator = np.random.default_rng(self.seed)
        negatives = Negatives(training)
        for _ in track(range(config.epochs)):
            for users, liked, others in negatives.batches(
                training, config.batch_size, config.num_negs_per_pos, generator
            ):
                movies = torch.cat([liked.unsqueeze(1), others], dim=1)  # [b, 1 + negatives]
                logits = network(users, movies)
                labels = torch.zeros_like(logits)
                labels[:, 0] = 1
                loss = functional.binary_cross_entropy_with_logits(logits, labels)
                loss = loss + config.l2 * network.penalty(users, movies) / movies.numel()
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()

    @torch.inference_mode()
    def score(self, users: Integers) -> Scores:
        """float32 [b, M]."""
        everything = torch.arange(len(self._network.movie_product))
        parts = [
            self._network(part, everything).numpy()
            for part in torch.split(torch.from_numpy(users), _USERS_AT_ONCE)
        ]
        return np.concatenate(parts).astype(np.float32)
