"""The RKAN network: embeddings, path encoder, attention over paths, closeness.

Letters: B pairs, N paths of all pairs, P paths of the pair with most, S steps (entities) of the
longest path, D embedding size, H hidden size, U distinct entities of a batch.
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
from model.rkan.batches import collate, rebatch, shuffled
from model.rkan.config import RKANConfig, TrainConfig
from model.rkan.pair_paths import PairPaths, PathBatch

_BATCHES_SHUFFLED_TOGETHER = 8


class PathEncoder(nn.Module):
    """An LSTM over the entities of a path; its last hidden state represents the path (eq. 1).

    The half of the gates that depends on the entity alone is computed once per distinct entity of
    a batch, not once per step of every path. The result equals that of ``nn.LSTM`` and takes half
    the time.
    """

    def __init__(self, embedding_dim: int, hidden_dim: int) -> None:
        super().__init__()
        self.hidden_dim = hidden_dim
        # The four gates side by side: input, forget, output, and the candidate for the cell.
        self.from_entity = nn.Linear(embedding_dim, 4 * hidden_dim)
        self.from_hidden = nn.Linear(hidden_dim, 4 * hidden_dim, bias=False)

    def forward(self, embedding: nn.Embedding, entities: Tensor, lengths: Tensor) -> Tensor:
        """Encode the paths, from the user to the movie.

        Args:
            embedding: the entity embeddings [num_entities, D].
            entities: int64 [N, S], valid ids everywhere; steps beyond ``lengths`` are ignored.
            lengths: int64 [N], from 1 to S.

        Returns:
            [N, H], the hidden state after each path's last entity; N may be 0.
        """
        num_paths, num_steps = entities.shape
        hidden = cell = embedding.weight.new_zeros(num_paths, self.hidden_dim)
        if num_paths == 0:
            return hidden
        distinct, rows = torch.unique(entities.t(), return_inverse=True)  # [U], [S, N]
        entity_gates = self.from_entity(embedding(distinct))  # [U, 4H]
        shortest = int(lengths.min())
        for step in range(num_steps):
            gates = F.embedding(rows[step], entity_gates)  # [N, 4H]
            if step:
                gates = torch.addmm(gates, hidden, self.from_hidden.weight.t())
            new_cell, new_hidden = lstm_cell(gates, cell)
            if step >= shortest:  # paths that have ended keep their state
                reading = (lengths > step).unsqueeze(1)  # [N, 1]
                new_cell = torch.where(reading, new_cell, cell)
                new_hidden = torch.where(reading, new_hidden, hidden)
            cell, hidden = new_cell, new_hidden
        return hidden


class PathAttention(nn.Module):
    """Self-attention over the paths of a pair, Q = K = V = D, without projections (eq. 2 and 3).

    Eq. 2 gives a row of attention for every path, softmax(D D^T / d_k). The paper does not say how
    the W of eq. 3 follows from it. Here W_ij = w_i in every dimension j, where w_i is the attention
    that path i receives, averaged over the pair's paths as queries. Then h = sum_i w_i D_i is also
    the mean of the rows of eq. 2's output. The w_i of a pair sum to 1 and serve as explanation.

    ``scale`` is the divisor of the scores: "dim" for d_k = H as printed in the paper, "sqrt_dim"
    for its square root.
    """

    def __init__(self, hidden_dim: int, scale: str) -> None:
        super().__init__()
        self.divisor = hidden_dim if scale == "dim" else math.sqrt(hidden_dim)

    def forward(self, paths: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """Return the weighted sum of each pair's paths, and the weights.

        Args:
            paths: [B, P, H], the path representations; absent places hold any finite values.
            present: bool [B, P], True where there is a path.

        Returns:
            The pair representations [B, H] and the weights [B, P]. Both are zero for pairs without
            a path; the weights are zero in absent places.
        """
        scores = paths @ paths.transpose(1, 2) / self.divisor  # [B, P, P], query by key
        # A finite minimum: the softmax of a row of -inf alone (a pair without a path) is NaN.
        scores = scores.masked_fill(~present.unsqueeze(1), torch.finfo(scores.dtype).min)
        queries = present.to(paths.dtype)  # [B, P]
        queries = queries / queries.sum(dim=1, keepdim=True).clamp(min=1)
        weights = torch.einsum("bq,bqk->bk", queries, torch.softmax(scores, dim=2))  # [B, P]
        return torch.einsum("bp,bph->bh", weights, paths), weights


class PathPooling(nn.Module):
    """Max or average pooling over the paths of a pair, RKGE's alternative to attention.

    The pooling layer is that of Sun et al., "Recurrent Knowledge Graph Embedding for Effective
    Recommendation", RecSys 2018. Everything else is as in RKAN: RKGE's attention gate within a path
    is left out, so that the two networks differ in the pooling alone.

    The weights per path are ours, for explanations. With "mean" all paths of a pair weigh the same.
    With "max" the weight of a path is the share of the H dimensions in which it is the greatest.
    """

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def forward(self, paths: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """Pool each pair's paths; arguments and results are as in PathAttention."""
        if self.kind == "mean":
            weights = present.to(paths.dtype)  # [B, P]
            weights = weights / weights.sum(dim=1, keepdim=True).clamp(min=1)
            return torch.einsum("bp,bph->bh", weights, paths), weights
        lowest = torch.finfo(paths.dtype).min
        pooled, greatest = paths.masked_fill(~present.unsqueeze(2), lowest).max(dim=1)  # [B, H]
        has_path = present.any(dim=1, keepdim=True)  # [B, 1]
        share = has_path.to(paths.dtype).expand(pooled.shape) / paths.shape[2]  # [B, H]
        weights = torch.zeros_like(paths[:, :, 0]).scatter_add(1, greatest, share)
        return torch.where(has_path, pooled, 0.0), weights


class RKANOutput(NamedTuple):
    """The network's output for a batch.

    Attributes:
        closeness_logits: [B]; their sigmoid is the closeness r' of eq. 4, in (0, 1).
        path_weights: [N], the weight of each path by attention or pooling, in the batch's order of
            paths; the weights of one pair sum to 1.
    """

    closeness_logits: Tensor
    path_weights: Tensor


class RKAN(nn.Module):
    """Recurrent Knowledge Attention Network (Cheng, Liu, Lu, Tang; section 3, Algorithm 1).

    Entities are embedded, one LSTM encodes each path, attention weighs a pair's paths, a linear
    layer gives the closeness. ``score`` ranks movies by inner product (Algorithm 1, step 8).

    Not in the paper: a pair without a path is represented by a learned vector, initially zero, in
    place of an empty sum. With ``config.aggregation`` other than "attention" the network is RKGE
    (see PathPooling).
    """

    def __init__(self, config: RKANConfig, num_entities: int) -> None:
        super().__init__()
        self.config = config
        self.sizes = {"num_entities": num_entities}
        self.embedding = nn.Embedding(num_entities, config.embedding_dim)
        self.encoder = PathEncoder(config.embedding_dim, config.hidden_dim)
        self.aggregation: PathAttention | PathPooling = (
            PathAttention(config.hidden_dim, config.attention_scale)
            if config.aggregation == "attention"
            else PathPooling(config.aggregation)
        )
        self.no_path = nn.Parameter(torch.empty(config.hidden_dim))
        self.closeness = nn.Linear(config.hidden_dim, 1)
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw the initial weights, from ``generator`` alone if it is given."""
        bound = 1 / math.sqrt(self.config.hidden_dim)
        for layer in (self.encoder.from_entity, self.encoder.from_hidden, self.closeness):
            for parameter in layer.parameters():
                parameter.uniform_(-bound, bound, generator=generator)
        self.embedding.weight.normal_(0, 0.1, generator=generator)
        self.no_path.zero_()

    def forward(self, batch: PathBatch) -> RKANOutput:
        """Return the closeness of each pair and the attention of each path (eq. 1 to 4)."""
        num_pairs = batch.users.shape[0]
        num_places = max(batch.max_paths, 1)  # P
        encoded = self.encoder(self.embedding, batch.entities, batch.lengths)  # [N, H]
        padded = encoded.new_zeros(num_pairs * num_places, self.config.hidden_dim)
        padded = padded.index_copy(0, batch.slots, encoded)  # [B * P, H]
        present = torch.zeros_like(padded[:, 0], dtype=torch.bool)
        present[batch.slots] = True
        present = present.view(num_pairs, num_places)
        pairs, weights = self.aggregation(padded.view(num_pairs, num_places, -1), present)
        has_path = present.any(dim=1, keepdim=True)  # [B, 1]
        pairs = torch.where(has_path, pairs, self.no_path)  # [B, H]
        logits = self.closeness(pairs).squeeze(1)  # [B]
        return RKANOutput(logits, weights.reshape(-1)[batch.slots])

    def parameter_groups(self, config: TrainConfig) -> list[dict[str, Any]]:
        """Return the optimiser's groups: the embeddings have their own learning rate."""
        embeddings = self.embedding.weight
        others = [weight for weight in self.parameters() if weight is not embeddings]
        return [
            {"params": others, "lr": config.learning_rate},
            {"params": [embeddings], "lr": config.embedding_learning_rate},
        ]

    def batches(
        self, chunks: Iterable[PairPaths], size: int, rng: np.random.Generator
    ) -> Iterator[PathBatch]:
        """Yield an epoch's batches of ``size`` pairs, shuffled across neighbouring chunks."""
        mixed = shuffled(chunks, _BATCHES_SHUFFLED_TOGETHER * size, rng)
        for batch in rebatch(mixed, size):
            yield collate(batch, self.embedding.weight.device)

    def loss(self, batch: PathBatch, _: TrainConfig) -> Tensor:
        """Return the mean binary cross-entropy of the closeness over the pairs (eq. 5)."""
        logits = self(batch).closeness_logits
        return F.binary_cross_entropy_with_logits(logits, batch.labels)

    def score(self, users: Tensor, movies: Tensor) -> Tensor:
        """Return ranking scores, the inner products of embeddings (Algorithm 1, step 8).

        Args:
            users: int64 [b], entityIds.
            movies: int64 [m], entityIds.

        Returns:
            [b, m], higher is better.
        """
        table = self.embedding.weight
        return table[users] @ table[movies].t()
