"""The network: two fading sums over the history, and a movie's vector from its attributes.

Letters: B histories, T movies of the longest, C places in each from which it is looked at, D
embedding size, M movies, A attributes, E pairs of movie and attribute.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.history_config import HistoryConfig

PADDING = -1  # no movie
STEEPEST, FLATTEST, OLDEST = 0.1, 0.01, 40  # weights at the start; the first stays from OLDEST on
_SPREAD = 0.02  # standard deviation of an embedding's entries at the start
_FIXED = ("attribute_ids", "attribute_starts")  # buffers whose sizes depend on the graph


class HistoryEncoder(nn.Module):
    """Scores of all movies from a user's movies alone: a new one counts without new training.

    A movie has a vector s as part of a history and a vector q as what is to be predicted. Of a
    history with weights w by age (the newest has age 0), the user's vector is
    ``gain * [sum w1 s / (sum w1 + 1); sum w2 s / (sqrt(sum w2) + 1)]``, half of the entries each:
    the first part says what came last, the second grows with all that is known. The weights are
    learned, one per age, and start as exp(-0.1 age) and exp(-0.01 age). A movie's score is the
    inner product of the user's vector and q, plus a bias that starts as its log popularity.

    With ``attributes``, s and q are an embedding of the movie plus the mean of the embeddings of
    its attributes; in training the first is left out at random for whole movies.

    FISM (Kabbur et al., KDD 2013, eq. 4) sums s over a history without order and divides by a power
    of its length; sharing by attributes follows LightFM (Kula 2015, section 3). Weights by age and
    two sums are ours.
    """

    attribute_ids: Tensor
    attribute_starts: Tensor

    def __init__(self, config: HistoryConfig, num_movies: int, num_attributes: int) -> None:
        super().__init__()
        self.config = config
        self.source = nn.Parameter(torch.empty(num_movies, config.dim))
        self.target = nn.Parameter(torch.empty(num_movies, config.dim))
        self.bias = nn.Parameter(torch.zeros(num_movies))
        self.log_weights = nn.Parameter(torch.empty(2, config.length))
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
            self.log_weights[0] = -STEEPEST * age.clamp(max=OLDEST)
            self.log_weights[1] = -FLATTEST * age

    def set_popularity(self, popularity: npt.NDArray[np.int64]) -> None:
        """Start the bias at the log of each movie's share of all interactions; int64 [M].

        A movie without any has no embedding of its own: nothing could be learned for it but that
        nobody watched it.
        """
        share = (popularity + 1) / (popularity + 1).sum()
        watched = torch.from_numpy(popularity > 0).to(self.bias.device)
        with torch.no_grad():
            self.bias.copy_(torch.from_numpy(np.log(share)))
            for own in (self.source, self.target):
                own *= watched[:, None]

    def set_attributes(self, edges: npt.NDArray[np.int64]) -> None:
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
        latest, lasting = (weights.exp()[age] * known for weights in self.log_weights)
        half = self.config.dim // 2
        small = 1e-3  # the root's slope at 0 is infinite
        first = latest @ x[:, :, :half] / (latest.sum(2, keepdim=True) + 1)
        second = lasting @ x[:, :, half:] / ((lasting.sum(2, keepdim=True) + small).sqrt() + 1)
        vectors = self.config.gain * torch.cat([first, second], dim=2)
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
        for name in _FIXED:
            if prefix + name in state_dict:
                setattr(self, name, torch.empty_like(state_dict[prefix + name]))
        super()._load_from_state_dict(state_dict, prefix, *rest)
