"""GraphLF: a walk by weighted rules times the latent similarity of the entities it joins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor, nn

from model.baselines.base import Baseline, Integers, Interactions, Scores, Track, tuned
from model.baselines.diffusion import WATCHED, row_normalised, single, spread, typed_edges

UNREACHED = 1e-7  # what counts as the probability of a movie that the walk never meets
RULES_LR = 0.05  # the rules are few: Adam moves them faster than the factors


@dataclass(frozen=True)
class GraphLFConfig:
    """The walk, the latent factors, and how both are learned.

    Attributes:
        query_decay: weight of a seed movie per step back in the user's history, in (0, 1].
        decay: the same for the edges of all histories, where the walk passes through their users.
        discount: a walk chooses a movie in proportion to popularity ** -discount.
        steps: steps from movie to movie, each of two hops; at least 1.
        embedding_dim: latent factors of an entity.
        dropout: share of the user's side of the factors left out while learning, in [0, 1).
        lr: Adam's for the factors, falling to a tenth.
        epochs: passes over the users, each cut at another place of the history every time.
        batch_size: users in a batch.
        horizon: movies after the cut that are right answers.
    """

    query_decay: float = tuned(0.92, 0.6, 1.0)
    decay: float = 0.96
    discount: float = 0.3
    steps: int = 1
    embedding_dim: int = tuned(64, choices=(32, 64, 128))
    dropout: float = tuned(0.548, 0.1, 0.8)
    lr: float = tuned(0.00295, 0.002, 0.03, log=True)
    epochs: int = tuned(57, 5, 60)
    batch_size: int = 128
    horizon: int = 20


@dataclass(frozen=True)
class Queries:
    """What the b users of a batch ask: the seeds they give, and the movies that are answers.

    Attributes:
        users: int64 [b].
        seeds: float32 [M, b], columns sum to 1, or to 0 for a user without seeds.
        seen: bool [b, M], whether a movie is a seed.
        rows: int64 [p], the places in ``users`` of the answers.
        answers: int64 [p], movies.
    """

    users: Tensor
    seeds: Tensor
    seen: Tensor
    rows: Tensor
    answers: Tensor


class Prover(nn.Module):
    """log p(movie | user) up to a constant for each user; U users, M movies, D dimensions."""

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
        """For an optimiser: the rules, and all else."""
        rules = [*self.rules.values(), self.restart, self.walk_weight]
        factors = [self.seed_factors, self.answer_factors, self.attribute_factors, self.bias]
        return [{"params": rules, "lr": RULES_LR}, {"params": factors, "lr": lr}]

    def walk(self, users: Tensor, seeds: Tensor) -> Tensor:
        """Probabilities [M, b] to be where the last step leads, from the seeds [M, b]."""
        weights = {name: self.rules[name].exp() * it.weights for name, it in self.edges.items()}
        total = sum(weights.values(), torch.zeros(len(seeds))).clamp(min=UNREACHED)
        kept, movies = 1 - self.restart.sigmoid(), seeds
        for _ in range(self.steps):
            reached = torch.zeros_like(seeds)
            for name, there in self.edges.items():
                nodes = spread(there.to_nodes, (weights[name] / total)[:, None] * movies)
                if name == WATCHED:  # nobody's answers are proved by having been watched
                    others = torch.ones_like(nodes)
                    others[users, torch.arange(len(users))] = 0
                    nodes = nodes * others
                reached = reached + spread(there.to_movies, nodes)
            movies = seeds + kept * reached
        return reached

    def forward(self, asked: Queries) -> Tensor:
        """float32 [b, M]."""
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

    There, a query's answers are proved by walking from the user's seed entities over links of the
    knowledge graph, sim(X, Y) :- link(X, Z), sim(Z, Y), and by the latent similarity of entities,
    simLF(X, Y) :- isDim(D), val(X, D), val(Y, D). ProPPR weighs each rule by exp(w) of its
    features, normalises over the choices at a node, and learns w from the answers' probabilities.

    Here: seeds are the movies that the user watched. A walk chooses among a movie's links (to its
    users, director, actors, writers, genres) by one exp(w) for each relation, and returns to a
    movie; it does not pass through the user who asks. A movie's val is a vector of its own plus
    the mean of its attributes', and log p(movie) = c log walk + sum over seeds of val . val + b.

    Departures: simLF multiplies the walk where the paper's program adds proofs, so that both act
    on all answers; movies have one val as a seed and another as an answer; users have none of
    their own (it made the ranking worse), so that new users need no training; answers of a query
    are the next movies after a random cut of the history, all unseen movies compete (ProPPR
    samples negatives), and each user's log-probabilities are summed over the root of their number;
    recency weighs seeds and edges, and popular movies are discounted (1, 1 and 0 switch this off).
    """

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Learn rules and factors together."""
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

    def score(self, users: Integers) -> Scores:
        """float32 [b, M]: log-probabilities, up to a constant for each user."""
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
        """Each user's first movies, ``cuts`` of them, as seeds; users int64 [b] ascending."""
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
