"""The history encoder: decaying sums over the history, and movie vectors from attributes.

Letters: B histories, T movies of the longest, C positions in each at which it is encoded, D
embedding size, M movies, A attributes, E (movie, attribute) pairs.
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
_INITIAL_STD = 0.02  # of an embedding's entries


class HistoryEncoder(nn.Module):
    """Scores all movies from a user's movies alone, so a new rating counts without training.

    A movie has a vector s as part of a history and a vector q as a movie to predict. A history with
    weights w by age (the newest movie has age 0) is summed to ``sum w s / (sqrt(sum w) + 1)``,
    which grows with the square root of the total weight. The user's vector is ``gain`` times three
    such sums side by side, each over a third of the entries of s. Their weights are learned, one
    per age. They start as exp(-0.3 age), exp(-0.1 age) and exp(-0.01 age), for the last few movies,
    recent movies and the whole history. A movie's score is the inner product of the user's vector
    and q, plus a bias that starts as its log popularity.

    With ``attributes``, s and q are an embedding of the movie plus the mean of the embeddings of
    its attributes. In training the movie's own embedding is dropped at random for whole movies.

    Weights between movies are not part of the encoder. When they were learned jointly, the vectors
    learned less, and the two together ranked worse (MovieLens-1M, inner split: mrr_sum@10 about .72
    against .75 for weights added afterwards).

    FISM (Kabbur et al., KDD 2013, eq. 4) sums s over an unordered history and divides by a power of
    its length. The shared attributes follow LightFM (Kula 2015, section 3). The weights by age and
    the three sums are ours.
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
        """Draw the embeddings; reset the weights by age to their initial values, the bias to 0."""
        age = torch.arange(self.config.length, dtype=torch.float32)
        with torch.no_grad():
            for table in self.parameters():
                table.normal_(0.0, _INITIAL_STD, generator=generator)
            self.bias.zero_()
            self.log_weights.copy_(-(torch.tensor(SLOPES)[:, None] * age).clamp(max=FLOOR))

    def set_popularity(self, popularity: Integers) -> None:
        """Set the bias to the log of each movie's share of all interactions, int64 [M].

        A movie without interactions gets no embedding of its own, which could learn nothing except
        that nobody watched the movie.
        """
        share = (popularity + 1) / (popularity + 1).sum()
        watched = torch.from_numpy(popularity > 0).to(self.bias.device)
        with torch.no_grad():
            self.bias.copy_(torch.from_numpy(np.log(share)))
            for own in (self.source, self.target):
                own.mul_(watched[:, None])

    def set_attributes(self, edges: Integers) -> None:
        """Set the attributes of movies by (movie, attribute) pairs, int64 [E, 2].

        Duplicate pairs count once. The attributes are part of ``state_dict``, so a loaded network
        needs no further call.
        """
        pairs = np.unique(edges.reshape(-1, 2), axis=0)
        movies = np.arange(self.bias.shape[0])
        device = self.bias.device
        self.attribute_ids = torch.from_numpy(pairs[:, 1].copy()).to(device)
        self.attribute_starts = torch.from_numpy(np.searchsorted(pairs[:, 0], movies)).to(device)

    def tables(self) -> list[nn.Parameter]:
        """Return the embeddings of movies and attributes."""
        names = ["source", "target"]
        if self.config.attributes:
            names += ["attribute_source", "attribute_target"]
        return [self.get_parameter(name) for name in names]

    def forward(self, histories: Tensor) -> Tensor:
        """Return scores float32 [B, M] for histories int64 [B, T], newest first, then PADDING.

        Movies of the history are scored like all others.
        """
        return self.scores(self.user_vectors(histories), self.movie_vectors())

    def scores(self, users: Tensor, movies: Tensor) -> Tensor:
        """Return scores [B, M] from users' vectors [B, D] and movies' vectors [M, D]."""
        return torch.addmm(self.bias, users, movies.T)

    def user_vectors(self, histories: Tensor) -> Tensor:
        """Return vectors [B, D] for histories int64 [B, T], newest first, then PADDING."""
        newest = torch.zeros(len(histories), 1, dtype=torch.int64, device=histories.device)
        return self.encode(histories, newest, self.source_vectors())[:, 0]

    def movie_vectors(self, kept: Tensor | None = None) -> Tensor:
        """Return q of every movie, [M, D]; ``kept`` [M, 1] is 0 to drop a movie's own embedding."""
        return self._vectors("target", kept)

    def source_vectors(self, kept: Tensor | None = None) -> Tensor:
        """Return s of every movie, [M, D]; ``kept`` as in movie_vectors."""
        return self._vectors("source", kept)

    def vectors_of(self, kind: str, movies: Tensor, kept: Tensor | None = None) -> Tensor:
        """Return the "source" or "target" vectors of some movies, [n, D], with sparse gradients.

        Each gradient has every row once, in ascending order.

        Args:
            kind: s ("source") or q ("target").
            movies: int64 [n], distinct and ascending.
            kept: [M, 1], 0 to drop a movie's own embedding.
        """
        own = F.embedding(movies, self.get_parameter(kind), sparse=True)
        if not self.config.attributes:
            return own
        starts = self.attribute_starts[movies]
        ends = self.attribute_starts.new_tensor([len(self.attribute_ids)])
        counts = torch.cat([self.attribute_starts, ends])[movies + 1] - starts
        offsets = counts.cumsum(0) - counts
        within = torch.arange(int(counts.sum()), device=movies.device)
        places = within + (starts - offsets).repeat_interleave(counts)
        ids, numbered = torch.unique(self.attribute_ids[places], return_inverse=True)
        table = F.embedding(ids, self.get_parameter(f"attribute_{kind}"), sparse=True)
        shared = F.embedding_bag(numbered, table, offsets, mode="mean")
        return shared + (own if kept is None else own * kept[movies])

    def encode(self, histories: Tensor, places: Tensor, sources: Tensor) -> Tensor:
        """Return users' vectors [B, C, D] without their ``places`` newest movies.

        Args:
            histories: int64 [B, T], newest first, then PADDING.
            places: int64 [B, C]; the newest movie that counts is histories[b, places[b, c]].
            sources: [M, D], the result of source_vectors.
        """
        real = histories >= 0
        x = F.embedding(histories.clamp(min=0), sources) * real[:, :, None]  # [B, T, D]
        age = torch.arange(histories.shape[1], device=histories.device) - places[:, :, None]
        known = (age >= 0) & (age < self.config.length) & real[:, None]  # [B, C, T]
        age = age.clamp(0, self.config.length - 1)
        sums = []
        for weights, part in zip(self.log_weights, x.tensor_split(len(SLOPES), 2), strict=True):
            sums.append(_shares(weights.exp()[age] * known) @ part)  # [B, C, T] @ [B, T, D / 3]
        vectors = self.config.gain * torch.cat(sums, dim=2)
        return F.dropout(vectors, self.config.dropout, self.training)

    def contributions(self, histories: Tensor, directions: Tensor) -> Tensor:
        """Return what each movie of a history adds to inner products, [B, C, T].

        The sum over T is the inner product of the direction and the user's vector without dropout.

        Args:
            histories: int64 [B, T], newest first, then PADDING.
            directions: [B, C, D], for example vectors of movies to predict.
        """
        real = histories >= 0
        x = F.embedding(histories.clamp(min=0), self.source_vectors())  # [B, T, D]
        age = torch.arange(histories.shape[1], device=histories.device)
        known = real & (age < self.config.length)
        age = age.clamp(max=self.config.length - 1)
        total = directions.new_zeros(*directions.shape[:2], histories.shape[1])
        parts = (each.tensor_split(len(SLOPES), 2) for each in (x, directions))
        for weights, part, direction in zip(self.log_weights, *parts, strict=True):
            shares = _shares(weights.exp()[age] * known)  # [B, T]
            total = total + direction @ part.transpose(1, 2) * shares[:, None]
        return self.config.gain * total

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
        """Resize the attribute buffers to those in ``state_dict``, then load as usual."""
        for name in [name for name, _ in self.named_buffers(recurse=False)]:
            if prefix + name in state_dict:
                setattr(self, name, torch.empty_like(state_dict[prefix + name]))
        super()._load_from_state_dict(state_dict, prefix, *rest)


def _shares(weights: Tensor) -> Tensor:
    """Divide weights [..., T] by the root of their sum plus 1."""
    total = weights.sum(-1, keepdim=True)
    # the root's gradient at 0 is infinite, and a history may be empty
    return weights / ((total + 1e-3).sqrt() + 1)
