"""CKE: matrix factorisation whose movies are also entities of the knowledge graph."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from model.arrays import Floats, Integers
from model.baselines.base import Baseline, Interactions, Track
from model.baselines.negatives import Negatives
from model.baselines.settings import BatchSize, Dimension, Epochs
from model.settings import NotNegative, Rate, Search, Settings

_INITIAL_SCALE = 0.05


class CKEConfig(Settings):
    """Collaborative knowledge base embedding."""

    embedding_dim: Annotated[Dimension, Search(16, 128, log=True)] = 64
    """Size of the embeddings of users, movies and entities."""
    relation_dim: Dimension = 16
    """Size of a relation's embedding and of the space that the relation projects entities into."""
    learning_rate: Annotated[Rate, Search(0.001, 0.03, log=True)] = 0.01
    """Adam's learning rate."""
    l2: Annotated[NotNegative, Search(0.001, 0.2, log=True)] = 0.02
    """Weight of the L2 penalty on the embeddings of a batch's users and movies."""
    triple_weight: Annotated[NotNegative, Search(0.01, 1.0, log=True)] = 0.1
    """Weight of the knowledge graph's loss; 0 ignores the graph."""
    epochs: Annotated[Epochs, Search(10, 120, log=True)] = 40
    """Passes over the interactions."""
    batch_size: BatchSize = 4096
    """Interactions per step. The triples of an epoch are spread over its steps."""


class _Network(torch.nn.Module):
    """Embeddings of users, the movies' collaborative offsets, entities and relations.

    Rows 0..M-1 of the entities are the movies; the attributes follow.
    """

    def __init__(self, training: Interactions, config: CKEConfig, seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        dim, relations = config.embedding_dim, max(len(training.relation_names), 1)

        def table(*shape: int) -> torch.nn.Parameter:
            return torch.nn.Parameter(torch.randn(*shape, generator=generator) * _INITIAL_SCALE)

        self.users = table(training.num_users, dim)
        self.offsets = table(training.num_movies, dim)
        self.entities = table(training.num_movies + training.num_attributes, dim)
        self.relations = table(relations, config.relation_dim)
        start = torch.eye(dim, config.relation_dim).repeat(relations, 1, 1)
        self.projections = torch.nn.Parameter(start + table(relations, dim, config.relation_dim))

    def movies(self, movies: Tensor) -> Tensor:
        """Return e_j = offset + structural vector (section 4 of the paper), [..., D]."""
        return self.offsets[movies] + self.entities[movies]

    def distance(self, heads: Tensor, relations: Tensor, tails: Tensor) -> Tensor:
        """Return |v_h M_r + r - v_t M_r|^2 (eq. 2 of the paper), [n], of n triples."""
        differences = (self.entities[heads] - self.entities[tails]).unsqueeze(1)  # [n, 1, D]
        projected = torch.bmm(differences, self.projections[relations]).squeeze(1)
        return (projected + self.relations[relations]).square().sum(dim=1)


class CKE(Baseline[CKEConfig]):
    """Zhang, Yuan, Lian, Xie, Ma: Collaborative Knowledge Base Embedding (KDD 2016), CKE(S).

    A movie's vector e_m is a collaborative offset plus its TransR embedding in the knowledge graph
    of triples (movie, relation, attribute). The loss of an interaction is pairwise,
    -ln sigma(u (e_j - e_j')). The loss of a triple is -ln sigma(distance of a corrupted triple -
    distance of the true one), where the corrupted triple has another tail. Both losses are
    minimised together. score(u, m) = <u, e_m>. As in the paper, there is no bias.

    Departures:
    - Only the paper's structural part is used, because the data have no texts and images.
    - A corrupted tail is drawn from the attributes of the same relation.
    - Adam replaces plain gradient steps.
    """

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Train on interactions and triples together."""
        config = self.config
        network = _Network(training, config, self.seed)
        self._network = network
        optimiser = torch.optim.Adam(network.parameters(), lr=config.learning_rate)
        generator = np.random.default_rng(self.seed)
        negatives, triples = Negatives(training), _Triples(training)
        steps = max(-(-len(training.users) // config.batch_size), 1)
        for _ in track(range(config.epochs)):
            parts = triples.epoch(steps, generator)
            batches = negatives.batches(training, config.batch_size, 1, generator)
            for (users, liked, others), part in zip(batches, parts, strict=False):
                loss = _preference_loss(network, users, liked, others.squeeze(1), config.l2)
                if len(part[0]):
                    loss = loss + config.triple_weight * _triple_loss(network, *part)
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()

    @torch.inference_mode()
    def score(self, users: Integers) -> Floats:
        """Return the scores, float32 [b, M]."""
        vectors = self._network.users[torch.from_numpy(users)]
        movies = self._network.movies(torch.arange(len(self._network.offsets)))
        return np.asarray((vectors @ movies.t()).numpy(), dtype=np.float32)


class _Triples:
    """The graph's triples (movie, relation, attribute), and corrupted tails for them."""

    def __init__(self, training: Interactions) -> None:
        order = np.argsort(training.relations, kind="stable")
        self._heads, self._tails = training.edges[order].T
        self._relations = training.relations[order]
        self._first_attribute = training.num_movies
        sizes = np.bincount(self._relations, minlength=len(training.relation_names))
        self._ends = np.cumsum(sizes)
        self._starts = self._ends - sizes

    def epoch(
        self, steps: int, generator: np.random.Generator
    ) -> list[tuple[Tensor, Tensor, Tensor, Tensor]]:
        """Return all triples, shuffled and split into one part per step.

        A part holds heads, relations, tails and corrupted tails.
        """
        low, high = self._starts[self._relations], self._ends[self._relations]
        drawn = low + (generator.random(len(low)) * (high - low)).astype(np.int64)
        corrupted = self._tails[drawn]  # distributed as the true tails
        parts = np.array_split(generator.permutation(len(low)), steps)
        columns = (
            self._heads,
            self._relations,
            self._tails + self._first_attribute,
            corrupted + self._first_attribute,
        )
        return [
            (
                torch.from_numpy(columns[0][part]),
                torch.from_numpy(columns[1][part]),
                torch.from_numpy(columns[2][part]),
                torch.from_numpy(columns[3][part]),
            )
            for part in parts
        ]


def _preference_loss(
    network: _Network, users: Tensor, liked: Tensor, others: Tensor, l2: float
) -> Tensor:
    user, movie, other = network.users[users], network.movies(liked), network.movies(others)
    margins = (user * (movie - other)).sum(dim=1)
    penalty = user.square().sum() + movie.square().sum() + other.square().sum()
    return -functional.logsigmoid(margins).mean() + l2 * penalty / (2 * len(users))


def _triple_loss(
    network: _Network, heads: Tensor, relations: Tensor, tails: Tensor, corrupted: Tensor
) -> Tensor:
    true = network.distance(heads, relations, tails)
    false = network.distance(heads, relations, corrupted)
    return -functional.logsigmoid(false - true).mean()
