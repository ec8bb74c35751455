"""GraphLF: a random walk by weighted rules, times the latent similarity of entities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor, nn

from model.arrays import Floats, Integers
from model.baselines.base import Baseline, Interactions, Track
from model.baselines.diffusion import WATCHED, row_normalised, single, spread, typed_edges
from model.baselines.settings import BatchSize, Dimension, Epochs, Length, Steps
from model.settings import NotNegative, Rate, Search, Settings, Share

UNREACHED = 1e-7  # added to the walk's probabilities, as it does not reach all movies
RULES_LR = 0.05  # Adam's learning rate of the rules, which are few


class GraphLFConfig(Settings):
    """The walk, the latent factors and the training of both."""

    query_decay: Annotated[Rate, Search(0.6, 1.0)] = 0.92
    """Factor on a seed movie's weight per step back in the user's history."""
    decay: Rate = 0.96
    """Factor on an interaction's weight per step back in its user's history, where the walk passes
    through that user."""
    discount: NotNegative = 0.3
    """Exponent of the walk's discount of popular movies, popularity ** -discount; 0 is none."""
    steps: Steps = 1
    """Steps from movie to movie, each of two hops."""
    embedding_dim: Annotated[Dimension, Search(choices=(32, 64, 128))] = 64
    """D, the number of latent factors of an entity."""
    dropout: Annotated[Share, Search(0.1, 0.8)] = 0.548
    """Dropout of the user's latent factors."""
    lr: Annotated[Rate, Search(0.002, 0.03, log=True)] = 0.00295
    """Adam's learning rate of the factors at the start; it falls to a tenth, linearly."""
    epochs: Annotated[Epochs, Search(5, 60)] = 57
    """Passes over the users. Each pass cuts each history at another random place."""
    batch_size: BatchSize = 128
    """Users per step."""
    horizon: Length = 20
    """Movies after the cut that are right answers."""


@dataclass(frozen=True)
class Queries:
    """The queries of a batch of b users, and the p right answers to them.

    Attributes:
        users: int64 [b], the users who ask.
        seeds: float32 [M, b], the weights of each user's seed movies. A column sums to 1, or to 0
            for a user without seeds.
        seen: bool [b, M], True for the seeds.
        rows: int64 [p], the index in ``users`` of each answer's user.
        answers: int64 [p], the movies that are right answers.
    """

    users: Tensor
    seeds: Tensor
    seen: Tensor
    rows: Tensor
    answers: Tensor


class Prover(nn.Module):
    """Network for log p(movie | user), up to a constant for each user.

    Letters: M movies, D latent factors, b users of a batch.
    """

    def __init__(self, training: Interactions, config: GraphLFConfig, seed: int) -> None:
        super().__init__()
        self.generator = torch.Generator().manual_seed(seed)
        self.edges = typed_edges(training, config.decay, config.discount)
        self.attributes = single(row_normalised(training.attribute_matrix()))
        self.steps, self.dropout, self.dim = config.steps, config.dropout, config.embedding_dim
        self.rules = nn.ParameterDict({name: torch.zeros(()) for name in self.edges})
        self.restart = nn.Parameter(torch.zeros(()))
        self.walk_weight = nn.Parameter(torch.ones(()))
        self.seed_factors = self._factors(training.num_movies)
        self.answer_factors = self._factors(training.num_movies)
        self.attribute_factors = self._factors(training.num_attributes)
        self.bias = nn.Parameter(torch.zeros(training.num_movies))

    def parameter_groups(self, lr: float) -> list[dict[str, object]]:
        """Return an optimiser's parameter groups: the rules, and all other parameters."""
        rules = [*self.rules.values(), self.restart, self.walk_weight]
        factors = [self.seed_factors, self.answer_factors, self.attribute_factors, self.bias]
        return [{"params": rules, "lr": RULES_LR}, {"params": factors, "lr": lr}]

    def walk(self, users: Tensor, seeds: Tensor) -> Tensor:
        """Return the probabilities [M, b] of the last step's destinations for seeds [M, b]."""
        weights = {name: self.rules[name].exp() * it.weights for name, it in self.edges.items()}
        total = sum(weights.values(), torch.zeros(len(seeds))).clamp(min=UNREACHED)
        kept, movies = 1 - self.restart.sigmoid(), seeds
        for _ in range(self.steps):
            reached = torch.zeros_like(seeds)
            for name, there in self.edges.items():
                nodes = spread(there.to_nodes, (weights[name] / total)[:, None] * movies)
                if name == WATCHED:  # the walk must not pass through the user who asks
                    others = torch.ones_like(nodes)
                    others[users, torch.arange(len(users))] = 0
                    nodes = nodes * others
                reached = reached + spread(there.to_movies, nodes)
            movies = seeds + kept * reached
        return reached

    def forward(self, asked: Queries) -> Tensor:
        """Return the scores, float32 [b, M]."""
        of_attributes = spread(self.attributes, self.attribute_factors)
        likes = asked.seeds.T @ (self.seed_factors + of_attributes)  # [b, D]
        if self.training:
            kept = torch.rand(likes.shape, generator=self.generator) >= self.dropout
            likes = likes * kept / (1 - self.dropout)
        similarity = likes @ (self.answer_factors + of_attributes).T
        walked = (self.walk(asked.users, asked.seeds) + UNREACHED).log().T
        return self.walk_weight * walked + similarity + self.bias

    def _factors(self, rows: int) -> nn.Parameter:
        return nn.Parameter(0.1 * torch.randn(rows, self.dim, generator=self.generator))


class GraphLF(Baseline[GraphLFConfig]):
    """Latent factors on a proof graph (Catherine and Cohen, RecSys 2016), as tensors.

    In the paper, a query's answers are proved in two ways. The rule sim(X, Y) :- link(X, Z),
    sim(Z, Y) walks from the user's seed entities over links of the knowledge graph. The rule
    simLF(X, Y) :- isDim(D), val(X, D), val(Y, D) uses the latent similarity of entities. ProPPR
    weighs each rule by exp(w) of its features, normalises over the choices at a node, and learns w
    from the answers' probabilities.

    In this implementation, the seeds are the movies that the user watched. From a movie, the walk
    chooses among the links to users, directors, actors, writers and genres, with one weight exp(w)
    for each relation. From there it returns to a movie. It does not pass through the user who asks.
    A movie's val is its own vector plus the mean of its attributes' vectors.
    log p(movie) = c log walk + sum over seeds of val . val + b.

    Departures:
    - simLF multiplies the walk, so that both affect all answers; the paper's program adds proofs.
    - A movie has one val as a seed and another as an answer.
    - Users have no val, because it made the ranking worse. New users thus need no training.
    - The answers to a query are the next movies after a random cut of the history.
    - All unseen movies compete, while ProPPR samples negatives.
    - Each user's summed log-probabilities are divided by the square root of their number.
    - Recency weighs seeds and edges, and popular movies are discounted. query_decay = 1,
      decay = 1 and discount = 0 switch this off.
    """

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Train the rules and the factors together."""
        config = self.config
        self._training = training
        self._prover = Prover(training, config, self.seed)
        optimiser = torch.optim.Adam(self._prover.parameter_groups(config.lr))
        steps = config.epochs * -(-training.num_users // config.batch_size)
        schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.1, max(steps, 1))
        draws = np.random.default_rng(self.seed)
        for _ in track(range(config.epochs)):
            for asked in self._batches(draws):
                scores = self._prover(asked).masked_fill(asked.seen, -torch.inf)
                losses = -scores.log_softmax(1)[asked.rows, asked.answers]
                answers = torch.bincount(asked.rows, minlength=len(asked.users))
                loss = (losses / answers[asked.rows].sqrt()).sum() / len(asked.users)
                optimiser.zero_grad()
                torch.autograd.backward(loss)
                optimiser.step()
                schedule.step()
        self._prover.eval().requires_grad_(False)

    def score(self, users: Integers) -> Floats:
        """Return log-probabilities, float32 [b, M], up to a constant for each user."""
        asked, places = np.unique(users, return_inverse=True)
        sizes = np.diff(self._training.offsets)[asked]
        return np.asarray(self._prover(self._queries(asked, sizes)).numpy()[places])

    def _batches(self, draws: np.random.Generator) -> Iterator[Queries]:
        sizes = np.diff(self._training.offsets)
        order = draws.permutation(np.flatnonzero(sizes >= 2))
        for start in range(0, len(order), self.config.batch_size):
            users = np.sort(order[start : start + self.config.batch_size])
            yield self._queries(users, draws.integers(1, sizes[users]))

    def _queries(self, users: Integers, cuts: Integers) -> Queries:
        """Return the queries whose seeds are the first cuts[i] movies of users[i].

        Args:
            users: int64 [b], ascending.
            cuts: int64 [b].
        """
        training, shape = self._training, (len(users), self._training.num_movies)
        chosen = np.flatnonzero(np.isin(training.users, users))
        rows, movies = np.searchsorted(users, training.users[chosen]), training.movies[chosen]
        ages = cuts[rows] - 1 - (chosen - training.offsets[training.users[chosen]])
        past, after = ages >= 0, (ages < 0) & (ages >= -self.config.horizon)
        weights = self.config.query_decay ** ages[past].astype(float)
        seeds = row_normalised(csr_array((weights, (rows[past], movies[past])), shape=shape))
        seen = np.zeros(shape, np.bool_)
        seen[rows[past], movies[past]] = True
        return Queries(
            users=torch.from_numpy(users),
            seeds=torch.from_numpy(seeds.toarray().T.astype(np.float32, order="C")),
            seen=torch.from_numpy(seen),
            rows=torch.from_numpy(rows[after]),
            answers=torch.from_numpy(movies[after]),
        )
