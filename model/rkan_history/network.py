"""RKAN over weighted paths: the history encoder proposes movies, paths rank and explain them.

Letters: B users, T movies of the longest history, C candidates of a user, N paths of all
candidates, P paths of the candidate with most, D size of the history encoder's vectors, H hidden
size of the LSTM, F features of a path, L linear features of a candidate, M movies, A attributes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.lstm import lstm_cell
from model.rkan_history.batches import collate_lists, list_batches
from model.rkan_history.candidate_lists import CandidateLists, ListBatch
from model.rkan_history.config import HistoryConfig, ListTrainConfig, RKANHistoryConfig
from model.rkan_history.encoder import HistoryEncoder

_LOWEST = -1e9  # the score of a place without a candidate
_INITIAL_EVIDENCE = -3.0  # before softplus; near 0 after it, so that scores do not count paths


class WeightedPathEncoder(nn.Module):
    """An LSTM over a path's user, watched movie, relation and candidate (eq. 1).

    A path has four steps, each with its own projection: the user's vector; the watched movie's
    vector and the path's features (weights, rating, age); embeddings of the relation to the
    candidate and of the attribute between the movies, if any; the candidate's vector. The vectors
    are those of the history encoder. Terms that depend on one user, movie, attribute or candidate
    alone are computed once for each, not once per path.
    """

    def __init__(
        self, dim: int, hidden_dim: int, num_relations: int, num_attributes: int, num_features: int
    ) -> None:
        super().__init__()
        self.hidden_dim = hidden_dim
        gates = 4 * hidden_dim
        self.from_user = nn.Linear(dim, gates)
        self.from_source = nn.Linear(dim, gates)
        self.from_features = nn.Linear(num_features, gates, bias=False)
        self.from_relation = nn.Embedding(num_relations, gates)
        self.from_attribute = nn.Embedding(num_attributes + 1, gates)  # the last: no attribute
        self.from_candidate = nn.Linear(dim, gates)
        self.from_hidden = nn.Linear(hidden_dim, gates, bias=False)

    def forward(
        self, batch: ListBatch, users: Tensor, sources: Tensor, candidates: Tensor
    ) -> Tensor:
        """Encode the paths, from the user to the candidate.

        Args:
            batch: the candidates and their paths.
            users: [B, D], the users' vectors.
            sources: [M, D], the movies' vectors as parts of a history.
            candidates: [M, D], the movies' vectors as movies to predict.

        Returns:
            [N, H], the hidden state after each path's last step; N may be 0.
        """
        width = batch.candidates.shape[1]
        owners = batch.owners
        read, rows = torch.unique(batch.sources, return_inverse=True)
        nothing = users.new_zeros(len(users), self.hidden_dim)
        cell, hidden = lstm_cell(self.from_user(users), nothing)
        user = owners // width
        cell, hidden = cell[user], hidden[user]
        source = self.from_source(sources[read])[rows] + self.from_features(batch.features)
        cell, hidden = self._step(source, cell, hidden)
        attribute = batch.attributes % self.from_attribute.num_embeddings  # PADDING is the last
        link = self.from_relation(batch.relations) + self.from_attribute(attribute)
        cell, hidden = self._step(link, cell, hidden)
        asked = batch.candidates.flatten().clamp(min=0)
        candidate = self.from_candidate(candidates[asked])[owners]
        cell, hidden = self._step(candidate, cell, hidden)
        return hidden

    def _step(self, gates: Tensor, cell: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        return lstm_cell(torch.addmm(gates, hidden, self.from_hidden.weight.t()), cell)


class RKANHistoryOutput(NamedTuple):
    """The network's output for a batch of lists.

    Attributes:
        scores: [B, C], path part plus linear part, by which candidates are ranked.
        closeness_logits: [B, C], the path part; its sigmoid is the closeness.
        linear: [B, C], the linear part.
        path_weights: [N], each path's share of its candidate's evidence; the weights of one
            candidate sum to 1.
    """

    scores: Tensor
    closeness_logits: Tensor
    linear: Tensor
    path_weights: Tensor


class RKANHistory(nn.Module):
    """Two stages: a history encoder proposes candidates, RKAN ranks them by their paths.

    As in RKAN (model.rkan.network), one LSTM encodes each path and self-attention relates a pair's
    paths (eq. 1 and 2: softmax(D D^T / sqrt(H)) D, added to D). In place of eq. 3 and 4, each path
    i gives evidence e_i = softplus(w . D_i + c), never negative, and the closeness is
    sigmoid(sum_i e_i + b). It grows with every path, and e_i / sum e is exactly the share of path i
    in it, which an explanation shows. The score adds a linear part: the history encoder's score,
    the summed weights of all paths of each kind, and popularity.

    The paper trains entity embeddings through the binary cross-entropy of the closeness and ranks
    by their inner product. Here the embeddings come from the history encoder, the loss is the
    cross-entropy of each user's list, paths also use weighted relationships between movies, and
    the ranking is by closeness and linear part. Users have no vector of their own, so a movie that
    was watched a minute ago counts without training.
    """

    def __init__(
        self,
        config: RKANHistoryConfig,
        history: HistoryConfig,
        *,
        num_movies: int,
        num_attributes: int,
        num_relations: int,
        num_features: int,
        num_linear: int,
    ) -> None:
        super().__init__()
        self.config = config
        self.sizes = {
            "num_movies": num_movies,
            "num_attributes": num_attributes,
            "num_relations": num_relations,
            "num_features": num_features,
            "num_linear": num_linear,
        }
        hidden = config.hidden_dim
        self.history = HistoryEncoder(history, num_movies, num_attributes)
        self.encoder = WeightedPathEncoder(
            history.dim, hidden, num_relations, num_attributes, num_features
        )
        self.dropout = nn.Dropout(config.dropout)
        self.evidence = nn.Linear(hidden, 1)
        self.bias = nn.Parameter(torch.zeros(()))
        self.linear = nn.Linear(num_linear + 1, 1, bias=False)
        self.reset_parameters()
        self.history.eval()

    def train(self, mode: bool = True) -> RKANHistory:
        """Set the training mode; the history encoder stays in evaluation mode, without dropout."""
        super().train(mode)
        self.history.eval()
        return self

    @torch.no_grad()
    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw initial weights of the path part; the linear part starts as the encoder's score."""
        bound = 1 / math.sqrt(self.config.hidden_dim)
        for name, parameter in self.named_parameters():
            if name.startswith(("encoder.", "evidence.")):
                parameter.uniform_(-bound, bound, generator=generator)
        self.encoder.from_attribute.weight.zero_()
        self.evidence.bias.fill_(_INITIAL_EVIDENCE)
        self.bias.zero_()
        self.linear.weight.zero_()
        self.linear.weight[0, 0] = 1.0

    def forward(self, batch: ListBatch) -> RKANHistoryOutput:
        """Return the scores of the candidates and the weights of their paths."""
        with torch.no_grad():
            users = self.history.user_vectors(batch.histories)  # [B, D]
            sources, movies = self.history.source_vectors(), self.history.movie_vectors()
            proposed = self.proposed(batch.candidates, users, movies)  # [B, C]
        shape = batch.candidates.shape
        paths = self.encoder(batch, users, sources, movies)  # [N, H]
        evidence = self._evidence(paths, batch)  # [N]
        sums = evidence.new_zeros(shape.numel()).index_add(0, batch.owners, evidence)
        closeness = sums.view(shape) + self.bias
        features = torch.cat([proposed.unsqueeze(2), batch.linear], dim=2)  # [B, C, 1 + L]
        linear = self.linear(features).squeeze(2)
        scores = closeness + linear if self.config.linear else closeness
        present = batch.candidates >= 0
        weights = evidence / sums.clamp(min=1e-12)[batch.owners]
        return RKANHistoryOutput(
            scores.masked_fill(~present, _LOWEST),
            closeness.masked_fill(~present, _LOWEST),
            linear if self.config.linear else torch.zeros_like(linear),
            weights,
        )

    def proposed(self, candidates: Tensor, users: Tensor, movies: Tensor) -> Tensor:
        """Return the encoder's scores of the candidates [B, C], minus each user's mean."""
        rows = candidates.clamp(min=0)
        scores = torch.einsum("bd,bcd->bc", users, movies[rows]) + self.history.bias[rows]
        present = candidates >= 0
        count = present.sum(dim=1, keepdim=True).clamp(min=1)
        mean = (scores * present).sum(dim=1, keepdim=True) / count
        return (scores - mean) * present

    def _evidence(self, paths: Tensor, batch: ListBatch) -> Tensor:
        """Return the evidence of each path for its candidate, [N], greater than 0."""
        if self.config.aggregation == "attention" and len(paths):
            padded = paths.new_zeros(batch.candidates.numel() * batch.max_paths, paths.shape[1])
            padded = padded.index_copy(0, batch.places, paths)
            present = torch.zeros_like(padded[:, 0], dtype=torch.bool)
            present[batch.places] = True
            of_pair = padded.view(-1, batch.max_paths, paths.shape[1])  # [B * C, P, H]
            present = present.view(-1, 1, batch.max_paths)
            scores = of_pair @ of_pair.transpose(1, 2) / math.sqrt(paths.shape[1])
            scores = scores.masked_fill(~present, torch.finfo(scores.dtype).min)
            context = torch.softmax(scores, dim=2) @ of_pair  # [B * C, P, H]
            paths = paths + context.flatten(0, 1)[batch.places]
        return F.softplus(self.evidence(self.dropout(paths)).squeeze(1))

    def parameter_groups(self, config: ListTrainConfig) -> list[dict[str, Any]]:
        """Return the optimiser's groups: the linear part has its own rate, the encoder is fixed."""
        paths = [*self.encoder.parameters(), *self.evidence.parameters(), self.bias]
        return [
            {"params": paths, "lr": config.learning_rate},
            {"params": list(self.linear.parameters()), "lr": config.linear_learning_rate},
        ]

    def batches(
        self, chunks: Iterable[CandidateLists], size: int, rng: np.random.Generator
    ) -> Iterator[ListBatch]:
        """Yield an epoch's batches of ``size`` users, shuffled within each chunk."""
        for lists in list_batches(chunks, size, rng):
            yield collate_lists(lists, self.bias.device)

    def loss(self, batch: ListBatch, config: ListTrainConfig) -> Tensor:
        """Return the cross-entropy of the lists, summed over a user's labels / sqrt(their number).

        A second cross-entropy, of the closeness alone, is weighted by ``config.closeness_loss``.
        """
        output = self(batch)
        total = listwise_loss(output.scores, batch.labels)
        if config.closeness_loss and self.config.linear:
            total = total + config.closeness_loss * listwise_loss(
                output.closeness_logits, batch.labels
            )
        return total

    def ranking_loss(self, batch: ListBatch) -> Tensor:
        """Return the cross-entropy of the lists by the scores alone, for validation."""
        return listwise_loss(self(batch).scores, batch.labels)


def listwise_loss(scores: Tensor, labels: Tensor) -> Tensor:
    """Return the softmax cross-entropy over the lists for scores and labels [B, C], a scalar."""
    shares = scores.log_softmax(dim=1)
    positives = labels.sum(dim=1).clamp(min=1)
    return -((shares * labels).sum(dim=1) / positives.sqrt()).mean()
