"""The network: fading sums over the history, and a movie's vector from its attributes.

Letters: B histories, T movies of the longest, C places in each from which it is looked at, D
embedding size, M movies, A attributes, E pairs of movie and attribute.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.arrays import Integers
from model.rkan_history.config import HistoryConfig

SLOPES, FLOOR = (0.3, 0.1, 0.01), 4.0  # weights start as exp(-min(slope * age, FLOOR))
_SPREAD = 0.02  # standard deviation of an embedding's entries at the start


class HistoryEncoder(nn.Module):
    """Scores of all movies from a user's movies alone: a new one counts without new training.

    A movie has a vector s as part of a history and a vector q as what is to be predicted. Of a
    history with weights w by age (the newest has age 0), a sum is ``sum w s / (sqrt(sum w) + 1)``:
    it grows with what is known, like a root. The user's vector is ``gain`` times three
    such sums side by side, each of a third of the entries of s. Their weights are learned, one per
    age, and start as exp(-0.3 age), exp(-0.1 age) and exp(-0.01 age): what came just now, lately,
    and at all. A movie's score is the inner product of the user's vector and q, plus a bias that
    starts as its log popularity.

    With ``attributes``, s and q are an embedding of the movie plus the mean of the embeddings of
    its attributes; in training the first is left out at random for whole movies.

    Weights between movies have no part in it: learned along with them, the vectors had less to say
    of their own, and the two together ranked worse (MovieLens-1M, inner split: mrr_sum@10 about .72
    against .75 for weights added afterwards).

    FISM (Kabbur et al., KDD 2013, eq. 4) sums s over a history without order and divides by a power
    of its length; sharing by attributes follows LightFM (Kula 2015, section 3). Weights by age and
    three sums are ours.
    """

    attribute_ids: Tensor
    attribute_starts: Tensor

    def __init__(self, config: HistoryConfig, num_movies: int, num_attributes: int) -> None:
        super().__init__()
        self.config = config
        self.source = nn.Parameter(torch.empty(num_movies, config.dim))
        self.target = nn.Parameter(torch.empty(num_movies, config.dim))
        self.bias = nn.Parameter(torch.zeros(num_movies))
        self.log_weights = nn.Parameter(torch.empty(len(SLOPES), config.length))
        if config.attributes:
            self.attribute_source = nn.Parameter(torch.empty(num_attributes, config.dim))
            self.attribute_target = nn.Parameter(torch.empty(num_attributes, config.dim))
        self.register_buffer("attribute_ids", torch.zeros(0, dtype=torch.int64))
        self.register_buffer("attribute_starts", torch.zeros(num_movies, dtype=torch.int64))
        self.reset_parameters(torch.Generator().manual_seed(0))

    def reset_parameters(self, generator: torch.Generator) -> None:
        """Draw the embeddings; the weights by age start as described, the bias at 0."""
        age = torch.arange(self.config.length, dtype=torch.float32)
        with torch.no_grad():
            for table in self.parameters():
                table.normal_(0.0, _SPREAD, generator=generator)
            self.bias.zero_()
            self.log_weights.copy_(-(torch.tensor(SLOPES)[:, None] * age).clamp(max=FLOOR))

    def set_popularity(self, popularity: Integers) -> None:
        """Start the bias at the log of each movie's share of all interactions; int64 [M].

        A movie without any has no embedding of its own: nothing could be learned for it but that
        nobody watched it.
        """
        share = (popularity + 1) / (popularity + 1).sum()
        watched = torch.from_numpy(popularity > 0).to(self.bias.device)
        with torch.no_grad():
            self.bias.copy_(torch.from_numpy(np.log(share)))
            for own in (self.source, self.target):
                own.mul_(watched[:, None])

    def set_attributes(self, edges: Integers) -> None:
        """Which movie has which attributes, int64 [E, 2]; a pair that comes twice counts once.

        They are part of ``state_dict``, so a network that is loaded needs no other call.
        """
        pairs = np.unique(edges.reshape(-1, 2), axis=0)
        movies = np.arange(self.bias.shape[0])
        device = self.bias.device
        self.attribute_ids = torch.from_numpy(pairs[:, 1].copy()).to(device)
        self.attribute_starts = torch.from_numpy(np.searchsorted(pairs[:, 0], movies)).to(device)

    def forward(self, histories: Tensor) -> Tensor:
        """Scores float32 [B, M] after histories int64 [B, T], newest first, then PADDING.

        Movies of the history are scored like all others.
        """
        return self.scores(self.user_vectors(histories), self.movie_vectors())

    def scores(self, users: Tensor, movies: Tensor) -> Tensor:
        """[B, M] from users' vectors [B, D] and movies' vectors [M, D]."""
        return torch.addmm(self.bias, users, movies.T)

    def user_vectors(self, histories: Tensor) -> Tensor:
        """[B, D] after histories int64 [B, T], newest first, then PADDING."""
        newest = torch.zeros(len(histories), 1, dtype=torch.int64, device=histories.device)
        return self.encode(histories, newest, self.source_vectors())[:, 0]

    def movie_vectors(self, kept: Tensor | None = None) -> Tensor:
        """q of every movie, [M, D]; ``kept`` [M, 1], 0 where the movie's own embedding drops."""
        return self._vectors("target", kept)

    def source_vectors(self, kept: Tensor | None = None) -> Tensor:
        """s of every movie, [M, D]; ``kept`` as in movie_vectors."""
        return self._vectors("source", kept)

    def encode(self, histories: Tensor, places: Tensor, sources: Tensor) -> Tensor:
        """Users' vectors [B, C, D] as they were before the first ``places`` movies.

        Args:
            histories: int64 [B, T], newest first, then PADDING.
            places: int64 [B, C]; the newest movie that is known is histories[b, places[b, c]].
            sources: [M, D], of source_vectors.
        """
        real = histories >= 0
        x = F.embedding(histories.clamp(min=0), sources) * real[:, :, None]  # [B, T, D]
        age = torch.arange(histories.shape[1], device=histories.device) - places[:, :, None]
        known = (age >= 0) & (age < self.config.length) & real[:, None]  # [B, C, T]
        age = age.clamp(0, self.config.length - 1)
        sums = []
        for weights, part in zip(self.log_weights, x.tensor_split(len(SLOPES), 2), strict=True):
            weight = weights.exp()[age] * known  # [B, C, T]
            total = weight.sum(2, keepdim=True)
            # the root's slope at 0 is infinite, and a history may be empty
            sums.append(weight @ part / ((total + 1e-3).sqrt() + 1))
        vectors = self.config.gain * torch.cat(sums, dim=2)
        return F.dropout(vectors, self.config.dropout, self.training)

    def _vectors(self, kind: str, kept: Tensor | None) -> Tensor:
        own: Tensor = self.get_parameter(kind)
        if not self.config.attributes:
            return own
        shared = F.embedding_bag(
            self.attribute_ids,
            self.get_parameter(f"attribute_{kind}"),
            self.attribute_starts,
            mode="mean",
        )
        return shared + (own if kept is None else own * kept)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        """Take attributes of any number, then go on as usual."""
        for name in [name for name, _ in self.named_buffers(recurse=False)]:
            if prefix + name in state_dict:
                setattr(self, name, torch.empty_like(state_dict[prefix + name]))
        super()._load_from_state_dict(state_dict, prefix, *rest)
