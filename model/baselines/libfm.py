"""LIBFM: a factorisation machine over the user, the movie and the movie's attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from model.arrays import Floats, Integers
from model.baselines.base import Baseline, Interactions, Track
from model.baselines.negatives import Negatives
from model.baselines.settings import BatchSize, Dimension, Epochs, NegativesPerPositive
from model.settings import NotNegative, Rate, Search, Settings

_INITIAL_SCALE = 0.01


class LibFMConfig(Settings):
    """A second-order factorisation machine."""

    embedding_dim: Annotated[Dimension, Search(8, 128, log=True)] = 36
    """k, the size of a feature's vector."""
    learning_rate: Annotated[Rate, Search(0.001, 0.02, log=True)] = 0.00852
    """Adam's learning rate."""
    l2: Annotated[NotNegative, Search(0.003, 0.3, log=True)] = 0.0482
    """Weight of the L2 penalty on the vectors, per interaction."""
    num_negs_per_pos: Annotated[NegativesPerPositive, Search(choices=(2, 4, 8))] = 8
    """Sampled negatives per interaction, drawn anew in each epoch."""
    epochs: Annotated[Epochs, Search(10, 60, log=True)] = 21
    """Passes over the interactions."""
    batch_size: BatchSize = 4096
    """Interactions per step."""


@dataclass(frozen=True)
class MovieFeatures:
    """The part of the feature vector x that depends on the movie, in sparse form.

    Letters: F features, N non-zero entries, M movies.

    Attributes:
        columns: int64 [N], the entries' features, movie by movie.
        values: float32 [N], the entries' values.
        starts: int64 [M], the index of each movie's first entry.
        size: F.
    """

    columns: Tensor
    values: Tensor
    starts: Tensor
    size: int

    @staticmethod
    def of(training: Interactions) -> MovieFeatures:
        """Return the features of all movies.

        The movie itself is a feature of value 1. Each of its n attributes of a relation is a
        feature of value 1 / n. A person who directs and acts is two features.
        """
        identity = np.arange(training.num_movies, dtype=np.int64)
        rows, columns = [identity], [identity]
        values = [np.ones(training.num_movies)]
        size = training.num_movies
        for relation in training.relation_names:
            matrix = training.attribute_matrix(relation).tocoo()
            counts = np.bincount(matrix.row, minlength=training.num_movies)
            used, places = np.unique(matrix.col, return_inverse=True)
            rows.append(matrix.row.astype(np.int64))
            columns.append(size + places)
            values.append(1 / counts[matrix.row])
            size += len(used)
        movies = np.concatenate(rows)
        order = np.argsort(movies, kind="stable")
        return MovieFeatures(
            torch.from_numpy(np.concatenate(columns)[order].astype(np.int64)),
            torch.from_numpy(np.concatenate(values)[order].astype(np.float32)),
            torch.from_numpy(np.searchsorted(movies[order], np.arange(training.num_movies))),
            size,
        )

    def sum(self, table: Tensor, power: int = 1) -> Tensor:
        """Return each movie's sum over f of x_f ** power table[f], [M, n], for a table [F, n]."""
        return functional.embedding_bag(
            self.columns,
            table,
            self.starts,
            mode="sum",
            per_sample_weights=self.values**power,
        )


class Machine(torch.nn.Module):
    """The model y(u, m) = w_0 + sum_f w_f x_f + sum_{f < g} <v_f, v_g> x_f x_g.

    The sums are over the features f, g of (u, m). Let s_m be the sum of x_f v_f over the movie's
    features. The sum over pairs (eq. 5 of the paper, linear in k) is then
    <v_u, s_m> + (|s_m|^2 - sum of x_f^2 |v_f|^2) / 2. Only its first term depends on the user. The
    last column of each table holds the weights w.
    """

    def __init__(self, num_users: int, features: MovieFeatures, embedding_dim: int, seed: int):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self._features = features
        self.users = torch.nn.Parameter(_table(num_users, embedding_dim, generator))
        self.movies = torch.nn.Parameter(_table(features.size, embedding_dim, generator))
        self.bias = torch.nn.Parameter(torch.zeros(()))

    def movie_terms(self) -> tuple[Tensor, Tensor]:
        """Return s_m of all movies [M, k] and the terms of y that are equal for all users [M]."""
        sums = self._features.sum(self.movies)  # [M, k + 1]
        vectors, linear = sums[:, :-1], sums[:, -1]
        own = self.movies[:, :-1].square().sum(1, keepdim=True)  # [F, 1]
        pairs = (vectors.square().sum(1) - self._features.sum(own, power=2).squeeze(1)) / 2
        return vectors, self.bias + linear + pairs

    def forward(self, users: Tensor, movies: Tensor) -> tuple[Tensor, Tensor]:
        """Return y [B, n] of users [B] and movies [B, n], and the penalty.

        The penalty is the sum over the users of |v_u|^2 and of the mean |s_m|^2 of their movies.
        """
        table, constants = self.movie_terms()
        own, vectors = self.users[users], functional.embedding(movies, table)
        vector, weight = own[:, None, :-1].contiguous(), own[:, -1:]  # [B, 1, k], [B, 1]
        logits = (vector * vectors).sum(2) + weight + constants[movies]
        return logits, vector.square().sum() + vectors.square().sum() / movies.shape[1]


class LibFM(Baseline[LibFMConfig]):
    """Factorisation machine of degree 2 (Rendle: Factorization Machines, ICDM 2010, eq. 1 and 5;
    libFM, TIST 2012), which classifies a movie as watched or not with the logistic loss.

    The features are the user, the movie, and the movie's attributes by relation. The values of the
    attributes of one relation sum to 1, as those of sets do in the paper (figure 1).

    Departures:
    - The interactions have no negatives. Negatives are drawn uniformly from the movies that the
      user has not watched.
    - Adam in minibatches replaces SGD or MCMC.
    - The penalty is on the user's vector and the movie's summed vector.
    """

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Minimise the logistic loss on watched movies and sampled negatives."""
        config = self.config
        generator = np.random.default_rng(self.seed)
        machine = Machine(
            training.num_users, MovieFeatures.of(training), config.embedding_dim, self.seed
        )
        optimiser = torch.optim.Adam(machine.parameters(), lr=config.learning_rate, fused=True)
        negatives = Negatives(training)
        for _ in track(range(config.epochs)):
            for users, watched, others in negatives.batches(
                training, config.batch_size, config.num_negs_per_pos, generator
            ):
                movies = torch.cat([watched[:, None], others], 1)  # [B, 1 + negatives]
                logits, penalty = machine(users, movies)
                targets = torch.zeros_like(logits)
                targets[:, 0] = 1
                errors = functional.binary_cross_entropy_with_logits(
                    logits, targets, reduction="sum"
                )
                loss: Tensor = (errors + config.l2 * penalty) / len(users)
                optimiser.zero_grad()
                torch.autograd.backward(loss)
                optimiser.step()
        with torch.no_grad():
            self._movies, self._constants = machine.movie_terms()
            self._users = machine.users.detach()

    def score(self, users: Integers) -> Floats:
        """Return the scores, float32 [b, M], with each user's own weight, constant over movies."""
        own = self._users[torch.from_numpy(users)]
        return np.asarray(own[:, :-1] @ self._movies.T + own[:, -1:] + self._constants)


def _table(rows: int, embedding_dim: int, generator: torch.Generator) -> Tensor:
    """Return small random vectors, with weights of 0 as the last column."""
    table = torch.randn(rows, embedding_dim + 1, generator=generator) * _INITIAL_SCALE
    table[:, -1] = 0
    return table
