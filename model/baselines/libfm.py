"""LIBFM: a factorisation machine over the user, the movie and the movie's attributes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from model.baselines.base import Baseline, Integers, Interactions, Scores, Track, tuned
from model.baselines.negatives import Negatives

_INITIAL_SCALE = 0.01


@dataclass(frozen=True)
class LibFMConfig:
    """A second-order factorisation machine.

    Attributes:
        embedding_dim: length k of a feature's vector.
        learning_rate: of Adam.
        l2: weight of the penalty on the vectors, per interaction.
        num_negs_per_pos: unwatched movies for each one watched, drawn afresh in each epoch.
        epochs: passes over the interactions.
        batch_size: interactions in a step.
    """

    embedding_dim: int = tuned(36, 8, 128, log=True)
    learning_rate: float = tuned(0.00852, 0.001, 0.02, log=True)
    l2: float = tuned(0.0482, 0.003, 0.3, log=True)
    num_negs_per_pos: int = tuned(8, choices=(2, 4, 8))
    epochs: int = tuned(21, 10, 60, log=True)
    batch_size: int = 4096


@dataclass(frozen=True)
class MovieFeatures:
    """The part of the feature vector x that depends on the movie: F features in N entries.

    Attributes:
        columns: int64 [N], the features, movie by movie.
        values: float32 [N], what they are worth.
        starts: int64 [M], where each movie's entries begin.
        size: F.
    """

    columns: Tensor
    values: Tensor
    starts: Tensor
    size: int

    @staticmethod
    def of(training: Interactions) -> MovieFeatures:
        """The movie itself, worth 1, and its attributes, each worth 1 / n, n of a relation.

        A person who directs and acts is two features.
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
        """sum over a movie's features f of x_f ** power table[f], [M, n] for a table [F, n]."""
        return functional.embedding_bag(
            self.columns,
            table,
            self.starts,
            mode="sum",
            per_sample_weights=self.values**power,
        )


class Machine(torch.nn.Module):
    """y(u, m) = w_0 + sum_f w_f x_f + sum_{f < g} <v_f, v_g> x_f x_g over the features of (u, m).

    With s_m = sum of x_f v_f over the movie's features, the pairs' sum (eq. 5 of the source, linear
    in k) is <v_u, s_m> + (|s_m|^2 - sum of x_f^2 |v_f|^2) / 2; all but the first term is the same
    for all users. The last column of a table holds the weights w.
    """

    def __init__(self, num_users: int, features: MovieFeatures, embedding_dim: int, seed: int):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self._features = features
        self.users = torch.nn.Parameter(_table(num_users, embedding_dim, generator))
        self.movies = torch.nn.Parameter(_table(features.size, embedding_dim, generator))
        self.bias = torch.nn.Parameter(torch.zeros(()))

    def movie_terms(self) -> tuple[Tensor, Tensor]:
        """s_m of all movies [M, k], and what is the same for all users [M]."""
        sums = self._features.sum(self.movies)  # [M, k + 1]
        vectors, linear = sums[:, :-1], sums[:, -1]
        own = self.movies[:, :-1].square().sum(1, keepdim=True)  # [F, 1]
        pairs = (vectors.square().sum(1) - self._features.sum(own, power=2).squeeze(1)) / 2
        return vectors, self.bias + linear + pairs

    def forward(self, users: Tensor, movies: Tensor) -> tuple[Tensor, Tensor]:
        """y [B, n] of users [B] and movies [B, n], and the penalty: the sum over the users of
        |v_u|^2 and the mean |s_m|^2 of their movies."""
        table, constants = self.movie_terms()
        own, vectors = self.users[users], functional.embedding(movies, table)
        vector, weight = own[:, None, :-1].contiguous(), own[:, -1:]  # [B, 1, k], [B, 1]
        logits = (vector * vectors).sum(2) + weight + constants[movies]
        return logits, vector.square().sum() + vectors.square().sum() / movies.shape[1]


class LibFM(Baseline[LibFMConfig]):
    """Factorisation machine of degree 2 (Rendle: Factorization Machines, ICDM 2010, eq. 1 and 5;
    with libFM, TIST 2012), for "watched or not" with the logistic loss.

    Features: the user, the movie, and the movie's attributes by relation, which share a total of 1
    for each relation, as sets do in the source (figure 1). Departures: there are no negatives in
    the interactions, so movies drawn evenly from those that the user has not watched stand in for
    them; Adam in minibatches instead of SGD or MCMC; the penalty is on the vector of the user and
    the summed vector of the movie.
    """

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Descend."""
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

    def score(self, users: Integers) -> Scores:
        """float32 [b, M]; the user's own weight, the same for all movies, included."""
        own = self._users[torch.from_numpy(users)]
        return np.asarray(own[:, :-1] @ self._movies.T + own[:, -1:] + self._constants)


def _table(rows: int, embedding_dim: int, generator: torch.Generator) -> Tensor:
    """Small random vectors, and weights 0 as the last column."""
    table = torch.randn(rows, embedding_dim + 1, generator=generator) * _INITIAL_SCALE
    table[:, -1] = 0
    return table
