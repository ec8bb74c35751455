"""HeteRec: preferences diffused along metapaths and factorised, with a learned weight for each."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import torch
from scipy.sparse import csr_array
from sklearn.decomposition import NMF
from torch import Tensor
from torch.nn import functional

from model.arrays import Floats, Integers
from model.baselines.base import Baseline, Interactions, Track
from model.baselines.diffusion import WATCHED
from model.baselines.negatives import Negatives
from model.baselines.settings import BatchSize, NegativesPerPositive
from model.settings import Count, Rate, Search, Settings, Share

Factors = dict[str, tuple[Tensor, Tensor]]  # by metapath: of users [U, D] and of movies [M, D]


class HeteRecConfig(Settings):
    """The diffusion, the factorisations and the training of the metapaths' weights."""

    query_decay: Annotated[Rate, Search(0.4, 1.0)] = 0.85
    """Factor on a movie's weight per step back in the history of the user who asks."""
    decay: Annotated[Rate, Search(0.9, 1.0)] = 0.98
    """Factor on an interaction's weight per step back in its user's history, where common users
    make two movies similar."""
    components: Annotated[Count, Search(10, 80, log=True)] = 40
    """D, the rank of each factorisation. It is capped at the number of users or movies."""
    iterations: Count = 20
    """Iterations of coordinate descent in each factorisation."""
    held_back: Share = 0.2
    """Newest part of each history, from which the weights are learned; 0 keeps them equal."""
    num_negs_per_pos: NegativesPerPositive = 4
    """Sampled negatives per interaction of that part."""
    batches: Count = 200
    """Gradient steps for the weights."""
    batch_size: BatchSize = 2048
    """Interactions per step."""
    lr: Rate = 0.05
    """Adam's learning rate of the weights."""


def path_similarity(edges: csr_array) -> Floats:
    """Return PathSim along the metapath movie - node - movie, float32 [M, M].

    PathSim is twice the number of paths between two movies, divided by the number of paths from
    each of them back to itself (Sun et al., VLDB 2011). A path counts as the product of its two
    edges' weights.

    Args:
        edges: weights of the edges, movies by nodes [M, N].
    """
    paths = np.asarray((edges @ edges.T).toarray(), np.float32)
    back = np.diag(paths)
    total = back[:, None] + back
    alike: Floats = np.divide(2 * paths, total, out=np.zeros_like(paths), where=total > 0)
    return alike


def diffused(training: Interactions, query_decay: float, decay: float) -> dict[str, Floats]:
    """Return R S by metapath user - movie - X - movie, each float32 [U, M] with mean square 1.

    The keys name X: WATCHED for users, or a relation. A metapath without any path is left out.
    """
    edges = {WATCHED: csr_array(training.matrix(decay).T)}
    for relation in training.relation_names:
        edges[relation] = training.attribute_matrix(relation)
    watched = training.matrix(query_decay).astype(np.float32)
    preferences: dict[str, Floats] = {}
    for name, matrix in edges.items():
        reached = np.asarray(watched @ path_similarity(matrix), np.float32)
        size = np.sqrt(np.square(reached).mean()) if reached.size else 0
        if size > 0:
            preferences[name] = np.asarray(reached / size, np.float32)
    return preferences


class HeteRec(Baseline[HeteRecConfig]):
    """The global model of HeteRec (Yu et al., WSDM 2014).

    Along each metapath, the users' preferences R are diffused to similar movies, as R S with S the
    PathSim of the movies. R S is factorised as U V^T with non-negative U and V. The score is the
    sum over metapaths of theta U V^T. BPR learns theta.

    Departures:
    - theta is trained to rank the newest part of each history, with factors of the earlier part,
      because factors that have seen a positive tell little about other movies. For scoring, the
      factors are computed again from the whole training part.
    - Recency weighs R and the edges behind S. query_decay = 1 and decay = 1 switch this off.
    - Each R S is scaled to mean square 1.
    - The personalised model, with one theta per cluster of users, is left out. It was no better
      with 5 or 10 clusters.

    Attributes:
        theta: weight by metapath, set by ``fit``.
    """

    theta: dict[str, float]

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Learn theta, then factorise the whole training part."""
        early, late = training.split(self.config.held_back)
        factors = self._factorised(early)
        self.theta = self._weights(factors, training, late, track) if factors else {}
        self._factors = self._factorised(training)
        self._num_movies = training.num_movies

    def score(self, users: Integers) -> Floats:
        """Return the scores, float32 [b, M]."""
        scores = torch.zeros(len(users), self._num_movies)
        for name, (of_users, of_movies) in self._factors.items():
            scores += self.theta.get(name, 0.0) * (of_users[users] @ of_movies.T)
        return np.asarray(scores.numpy())

    def _factorised(self, training: Interactions) -> Factors:
        config, factors = self.config, {}
        preferences = diffused(training, config.query_decay, config.decay)
        for name, reached in preferences.items():
            nmf = NMF(
                min(config.components, *reached.shape),
                init="nndsvda",
                max_iter=config.iterations,
                tol=0,
                random_state=self.seed,
            )
            of_users = torch.from_numpy(nmf.fit_transform(reached))
            factors[name] = of_users, torch.from_numpy(nmf.components_.T.copy())
        return factors

    def _weights(
        self, factors: Factors, training: Interactions, late: Interactions, track: Track
    ) -> dict[str, float]:
        config = self.config
        theta = torch.ones(len(factors), requires_grad=True)
        optimiser = torch.optim.Adam([theta], lr=config.lr)
        negatives, generator = Negatives(training), np.random.default_rng(self.seed)
        for _ in track(range(config.batches if len(late.users) else 0)):
            chosen = generator.integers(len(late.users), size=config.batch_size)
            users, positives = late.users[chosen], late.movies[chosen]
            drawn = negatives.draw(users, config.num_negs_per_pos, generator)
            movies = np.column_stack([positives, drawn])  # [b, 1 + n], the positive first
            parts = [
                torch.einsum("bd,bnd->bn", of_users[users], of_movies[movies])
                for of_users, of_movies in factors.values()
            ]
            scores = torch.stack(parts, dim=2) @ theta
            loss = -functional.logsigmoid(scores[:, :1] - scores[:, 1:]).mean()
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
        return dict(zip(factors, theta.tolist(), strict=True))
