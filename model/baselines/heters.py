"""HeteRS: a random walk over nodes of all types, with learned influences between the types."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from model.arrays import Floats, Integers
from model.baselines.base import Baseline, Interactions, Track
from model.baselines.diffusion import Edges, columns, row_normalised, spread, typed_edges
from model.baselines.negatives import Negatives
from model.baselines.settings import BatchSize, NegativesPerPositive, Steps
from model.settings import Count, NotNegative, Rate, Search, Settings, Share

UNREACHED = 1e-9  # added to the visiting probabilities, as the walk does not reach all movies


class HeteRSConfig(Settings):
    """The walk and the training of its influences."""

    query_decay: Annotated[Rate, Search(0.4, 1.0)] = 0.85
    """Factor on a movie's weight per step back in the history of the user who asks."""
    decay: Annotated[Rate, Search(0.9, 1.0)] = 0.96
    """Factor on an interaction's weight per step back in its user's history, where the walk passes
    through that user."""
    discount: Annotated[NotNegative, Search(0.0, 0.8)] = 0.3
    """Exponent of the walk's discount of popular movies, popularity ** -discount; 0 is none."""
    steps: Annotated[Steps, Search(choices=(1, 2, 3))] = 2
    """Steps from movie to movie, each of two hops."""
    restart: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Restart probability alpha before training."""
    held_back: Share = 0.2
    """Newest part of each history. Training ranks its movies by walks from the rest; 0 skips
    training."""
    num_negs_per_pos: NegativesPerPositive = 4
    """Sampled negatives per interaction of that part."""
    batches: Count = 60
    """Gradient steps."""
    batch_size: BatchSize = 128
    """Users per step."""
    lr: Rate = 0.1
    """Adam's learning rate."""


class Chain(nn.Module):
    """The truncated walk. Its parameters are the influences and the restart probability."""

    def __init__(self, types: Iterable[str], restart: float, steps: int) -> None:
        super().__init__()
        self.influences = nn.ParameterDict({name: torch.zeros(()) for name in types})
        self.restart = nn.Parameter(torch.logit(torch.tensor(restart)))
        self.steps = steps

    def weights(self) -> dict[str, Tensor]:
        """Return lambda by type of node, each a scalar; they sum to 1."""
        names, logits = list(self.influences), list(self.influences.values())
        weights = torch.stack(logits).softmax(0).unbind() if logits else ()
        return dict(zip(names, weights, strict=True))

    def forward(self, history: Tensor, edges: dict[str, Edges]) -> Tensor:
        """Return visiting probabilities [M, b], up to a factor, from the histories [M, b]."""
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

    The visiting probabilities of the nodes of type t are
    x_t = (1 - alpha) sum_s lambda_ts P_ts x_s + alpha q_t.
    q is 1 at the user who asks. P_ts walks from type s to type t. lambda_ts is the influence of s
    on t, and sums to 1 over s. Every edge of our graph has a movie at one end. Users and attributes
    are therefore influenced by movies only (lambda = 1), and only the influences on movies are
    learned. The walk's first hop leads to the user's history h. The movies' part is then, up to a
    factor, x = h + (1 - alpha)^2 sum_s lambda_s P_Ms P_sM x.

    As in the papers, training uses pairs of a movie p that the user watched and a movie n that the
    user did not watch.

    Departures:
    - The loss is -log(x_p / (x_p + x_n)), which does not depend on the scale of x.
    - The gradient passes through a walk of a few steps, not the stationary distribution.
    - alpha is learned as well.
    - Recency weighs the interactions, and popular movies are discounted. query_decay = 1,
      decay = 1 and discount = 0 give the plain walk.
    - A person has a separate node in each role.

    Attributes:
        influences: lambda by type of node, set by ``fit``. The values sum to 1.
    """

    influences: dict[str, float]

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Train on walks from early to late parts of histories, then store the whole histories."""
        config = self.config
        self._edges = typed_edges(training, config.decay, config.discount)
        self._chain = Chain(self._edges, config.restart, config.steps)
        self._learn(training, track)
        self._chain.requires_grad_(False)
        self._histories = row_normalised(training.matrix(config.query_decay))
        self.influences = {name: float(value) for name, value in self._chain.weights().items()}

    def score(self, users: Integers) -> Floats:
        """Return visiting probabilities, float32 [b, M], up to a factor."""
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
