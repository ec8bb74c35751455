"""HeteRS: a walk over nodes of all types, whose influence on each other is learned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from model.baselines.base import Baseline, Integers, Interactions, Scores, Track, tuned
from model.baselines.diffusion import Edges, columns, row_normalised, spread, typed_edges
from model.baselines.negatives import Negatives

UNREACHED = 1e-9  # what counts as the visiting probability of a movie that the walk never meets


@dataclass(frozen=True)
class HeteRSConfig:
    """The walk, and how its influence weights are learned.

    Attributes:
        query_decay: weight of a movie per step back in the history of the user who asks, (0, 1].
        decay: the same for the edges of all histories, where the walk passes through their users.
        discount: a walk chooses a movie in proportion to popularity ** -discount.
        steps: steps from movie to movie, each of two hops.
        restart: alpha before learning, in (0, 1).
        held_back: share of each history, its newest part, that a walk from the rest should find.
        num_negs_per_pos: negatives for each movie of that part.
        batches: gradient steps.
        batch_size: users in each.
        lr: Adam's.
    """

    query_decay: float = tuned(0.85, 0.4, 1.0)
    decay: float = tuned(0.96, 0.9, 1.0)
    discount: float = tuned(0.3, 0.0, 0.8)
    steps: int = tuned(2, choices=(1, 2, 3))
    restart: float = 0.5
    held_back: float = 0.2
    num_negs_per_pos: int = 4
    batches: int = 60
    batch_size: int = 128
    lr: float = 0.1


class Chain(nn.Module):
    """The truncated walk; its weights are what is learned."""

    def __init__(self, types: Iterable[str], restart: float, steps: int) -> None:
        super().__init__()
        self.influences = nn.ParameterDict({name: torch.zeros(()) for name in types})
        self.restart = nn.Parameter(torch.logit(torch.tensor(restart)))
        self.steps = steps

    def weights(self) -> dict[str, Tensor]:
        """lambda by type, each []."""
        names, logits = list(self.influences), list(self.influences.values())
        weights = torch.stack(logits).softmax(0).unbind() if logits else ()
        return dict(zip(names, weights, strict=True))

    def forward(self, history: Tensor, edges: dict[str, Edges]) -> Tensor:
        """Visiting probabilities [M, b], up to a factor, from the histories [M, b]."""
        weights, kept = self.weights(), 1 - self.restart.sigmoid()
        movies = history
        for _ in range(self.steps):
            reached = torch.zeros_like(history)
            for name, there in edges.items():
                nodes = spread(there.to_nodes, movies)
                reached = reached + weights[name] * spread(there.to_movies, nodes)
            movies = history + kept**2 * reached
        return movies


class HeteRS(Baseline[HeteRSConfig]):
    """Multivariate Markov chain with restarts (Pham et al., ICDE 2015; TKDE 2016).

    The visiting probabilities of type t's nodes are x_t = (1 - alpha) sum_s lambda_ts P_ts x_s +
    alpha q_t: q is 1 at the user who asks, P_ts walks from type s to type t, and lambda_ts, the
    influence of s on t, sums to 1 over s. Every edge of our graph has a movie at one end. So users
    and attributes hear from movies alone (lambda = 1), and the movies' influences are what is
    learned. The walk's first hop leads into the user's history h; the movies' part is then, up to
    a factor, x = h + (1 - alpha)^2 sum_s lambda_s P_Ms P_sM x.

    Learned, as in the papers, from pairs of a movie p that the user watched and one, n, that the
    user did not. Where we depart: the loss is -log(x_p / (x_p + x_n)), which needs no scale; its
    gradient goes through a walk of a few steps, not through the stationary distribution; alpha is
    learned as well; edges of a history weigh by recency and popular movies are discounted (decay
    1, 1 and discount 0 give the plain walk). A person is a node of its own in each role.

    Attributes:
        influences: lambda by type of node, after ``fit``; adds up to 1.
    """

    influences: dict[str, float]

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Learn to walk from the early part of the histories to the late; then take the whole."""
        config = self.config
        self._edges = typed_edges(training, config.decay, config.discount)
        self._chain = Chain(self._edges, config.restart, config.steps)
        self._learn(training, track)
        self._chain.requires_grad_(False)
        self._histories = row_normalised(training.matrix(config.query_decay))
        self.influences = {name: float(value) for name, value in self._chain.weights().items()}

    def score(self, users: Integers) -> Scores:
        """float32 [b, M]: visiting probabilities, up to a factor."""
        return np.asarray(self._chain(columns(self._histories, users), self._edges).T.numpy())

    def _learn(self, training: Interactions, track: Track) -> None:
        config = self.config
        early, late = training.split(config.held_back)
        histories = row_normalised(early.matrix(config.query_decay))
        edges = typed_edges(early, config.decay, config.discount)
        negatives = Negatives(training)
        generator = np.random.default_rng(self.seed)
        optimiser = torch.optim.Adam(self._chain.parameters(), lr=config.lr)
        learners = np.flatnonzero((np.diff(early.offsets) > 0) & (np.diff(late.offsets) > 0))
        size = min(config.batch_size, len(learners))
        for _ in track(range(config.batches if size else 0)):
            users = np.sort(generator.choice(learners, size, replace=False))
            chosen = np.flatnonzero(np.isin(late.users, users))
            column = np.searchsorted(users, late.users[chosen])
            drawn = negatives.draw(late.users[chosen], config.num_negs_per_pos, generator)
            movies = np.column_stack([late.movies[chosen], drawn])
            visits = self._chain(columns(histories, users), edges)[movies, column[:, None]]
            logs = (visits + UNREACHED).log()  # [p, 1 + n], the positive first
            loss = -functional.logsigmoid(logs[:, :1] - logs[:, 1:]).mean()
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
