"""HeteRec: preferences diffused along metapaths, each factorised; their weights are learned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_array
from sklearn.decomposition import NMF
from torch import Tensor
from torch.nn import functional

from model.baselines.base import Baseline, Integers, Interactions, Scores, Track, tuned
from model.baselines.diffusion import WATCHED
from model.baselines.negatives import Negatives

Factors = dict[str, tuple[Tensor, Tensor]]  # by metapath: users' [U, D] and movies' [M, D]


@dataclass(frozen=True)
class HeteRecConfig:
    """The diffusion, the factorisations, and how the metapaths' weights are learned.

    Attributes:
        query_decay: weight of a movie per step back in the user's history, in (0, 1].
        decay: the same for the edges that make two movies similar because users watched both.
        components: D, rank of each factorisation, at most the number of users and of movies.
        iterations: passes of coordinate descent in each factorisation.
        held_back: share of each history, its newest part, that the weights are learned from.
        num_negs_per_pos: negatives for each movie of that part.
        batches: gradient steps for the weights.
        batch_size: interactions in each.
        lr: Adam's.
    """

    query_decay: float = tuned(0.85, 0.4, 1.0)
    decay: float = tuned(0.98, 0.9, 1.0)
    components: int = tuned(40, 10, 80, log=True)
    iterations: int = 20
    held_back: float = 0.2
    num_negs_per_pos: int = 4
    batches: int = 200
    batch_size: int = 2048
    lr: float = 0.05


def path_similarity(edges: csr_array) -> Scores:
    """PathSim along the metapath movie - node - movie, float32 [M, M]: twice the paths between two
    movies, divided by those from each back to itself (Sun et al., VLDB 2011).

    Args:
        edges: movies by nodes [M, N]; a path counts as much as its two edges' weights multiplied.
    """
    paths = np.asarray((edges @ edges.T).toarray(), np.float32)
    back = np.diag(paths)
    total = back[:, None] + back
    alike: Scores = np.divide(2 * paths, total, out=np.zeros_like(paths), where=total > 0)
    return alike


def diffused(training: Interactions, query_decay: float, decay: float) -> dict[str, Scores]:
    """R S by metapath user - movie - X - movie, each float32 [U, M] with mean square 1.

    X is WATCHED, for users, or a relation. A metapath that leads nobody anywhere is left out.
    """
    edges = {WATCHED: csr_array(training.matrix(decay).T)}
    for relation in training.relation_names:
        edges[relation] = training.attribute_matrix(relation)
    watched = training.matrix(query_decay).astype(np.float32)
    preferences: dict[str, Scores] = {}
    for name, matrix in edges.items():
        reached = np.asarray(watched @ path_similarity(matrix), np.float32)
        size = np.sqrt(np.square(reached).mean()) if reached.size else 0
        if size > 0:
            preferences[name] = reached / size
    return preferences


class HeteRec(Baseline[HeteRecConfig]):
    """The global model of HeteRec (Yu et al., WSDM 2014).

    Along each metapath the user's preferences R are diffused to similar movies, R S with S PathSim,
    and factorised as U V^T, both non-negative. The score is the sum over metapaths of theta U V^T,
    theta learned by BPR.

    Departures: theta learns to rank the newest part of each history, with factors of the earlier
    part; the factors of all of training then take their place (factors that have seen a positive
    would tell little about the others). R and the edges behind S weigh by recency (1 and 1 switch
    this off), and each R S is scaled to mean square 1. The personalised model, theta by cluster of
    users, was no better here with 5 or 10 clusters, so it is left out.

    Attributes:
        theta: weight by metapath, after ``fit``.
    """

    theta: dict[str, float]

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Learn theta; then factorise the whole training part."""
        early, late = training.split(self.config.held_back)
        factors = self._factorised(early)
        self.theta = self._weights(factors, training, late, track) if factors else {}
        self._factors = self._factorised(training)
        self._num_movies = training.num_movies

    def score(self, users: Integers) -> Scores:
        """float32 [b, M]."""
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
