"""NCF: neural matrix factorisation, the sum of a matrix factorisation and a perceptron."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from model.arrays import Floats, Integers
from model.baselines.base import Baseline, Interactions, Track
from model.baselines.negatives import Negatives
from model.baselines.settings import BatchSize, Dimension, Epochs, NegativesPerPositive
from model.settings import NotNegative, Rate, Search, Settings

_INITIAL_SCALE = 0.05
_USERS_AT_ONCE = 64  # in scoring; bounds the memory of the hidden layers


class NCFConfig(Settings):
    """NeuMF."""

    embedding_dim: Annotated[Dimension, Search(8, 64, log=True)] = 32
    """D, the size of each of the two embeddings: one for the product, one for the perceptron."""
    layers: Annotated[int, Field(ge=1, le=16)] = 2
    """Hidden layers of the perceptron. The first has the width of an embedding, each other one half
    the width of the one before."""
    learning_rate: Annotated[Rate, Search(0.0005, 0.01, log=True)] = 0.003
    """Adam's learning rate."""
    l2: Annotated[NotNegative, Search(0.001, 0.2, log=True)] = 0.03
    """Weight of the L2 penalty on the embeddings of a batch's users and movies."""
    num_negs_per_pos: Annotated[NegativesPerPositive, Search(choices=(2, 4, 8))] = 4
    """Sampled negatives per interaction, drawn anew in each epoch."""
    epochs: Annotated[Epochs, Search(5, 40, log=True)] = 20
    """Passes over the interactions."""
    batch_size: BatchSize = 2048
    """Interactions per step."""


class _Network(nn.Module):
    """The product and the perceptron.

    Letters: D size of an embedding, W width of the perceptron's first layer. That layer is split
    into a part for the user and a part for the movie, so that each is computed only once.
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
        """Return logits [b, n] of users [b] with movies [b, n], or movies [n] for all users."""
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
        """Return the sum of the squared entries of these users' and movies' embeddings."""
        return (
            self.user_product[users].square().sum()
            + self.user_deep[users].square().sum()
            + self.movie_product[movies].square().sum()
            + self.movie_deep[movies].square().sum()
        )


class NCF(Baseline[NCFConfig]):
    """He, Liao, Zhang, Nie, Hu, Chua: Neural Collaborative Filtering (WWW 2017), NeuMF (eq. 12).

    logit(u, m) = <h, p_u * q_m> (GMF, eq. 8) + an MLP over another pair of embeddings (eq. 10).
    The loss is the binary cross-entropy with sampled negatives (eq. 7).

    Departures:
    - GMF and MLP are trained together from the start; the paper pre-trains each.
    - Adam trains the whole network; the paper uses it for the pre-training only.
    - The embeddings have an L2 penalty.
    """

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Minimise the binary cross-entropy."""
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
    def score(self, users: Integers) -> Floats:
        """Return the scores, float32 [b, M]."""
        everything = torch.arange(len(self._network.movie_product))
        parts = [
            self._network(part, everything).numpy()
            for part in torch.split(torch.from_numpy(users), _USERS_AT_ONCE)
        ]
        return np.concatenate(parts).astype(np.float32)
