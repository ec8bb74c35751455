"""RKAN over candidates: a score is the sum of taste, popularity and the evidence of paths.

Letters: B users, T movies of the longest history, C candidates of a user, N paths of all
candidates, K kinds of paths, F features of a path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from model.rkan_history.batches import collate_lists, list_batches
from model.rkan_history.candidate_lists import CandidateLists, ListBatch
from model.rkan_history.config import HistoryConfig, ListTrainConfig, RKANHistoryConfig
from model.rkan_history.encoder import HistoryEncoder
from model.rkan_history.path_kinds import USUAL_KINDS, Feature, PathKind
from model.rkan_history.sequences import PathSequences

_LOWEST = -1e9  # the score of a place without a candidate
_MOST = 6.0  # the greatest log evidence of a path
_INITIAL_EVIDENCE = -4.0  # with more, the evidence of WATCHED_NEXT soon falls to nothing
_INITIAL_EXPONENT = 0.5
_INITIAL_POPULARITY = 0.2  # near what b becomes where there are many lists; few hardly move it
_INITIAL_POPULARITY_BY_LENGTH = -0.1  # the shorter the history, the more popularity says
_INITIAL_RECENCY = 2.5  # slope of WATCHED_NEXT on LAST_MOVIES


class RKANHistoryOutput(NamedTuple):
    """The network's output for a batch of lists, the summands of the score.

    Attributes:
        scores: [B, C], taste + popularity + path_scores, by which candidates are ranked.
        taste: [B, C], relative to the user's average candidate.
        popularity: [B, C], relative to the user's average candidate.
        path_scores: [B, C], the sum of the evidence of a candidate's paths.
        evidence: [N], what each path adds to the score of its candidate, never negative.
    """

    scores: Tensor
    taste: Tensor
    popularity: Tensor
    path_scores: Tensor
    evidence: Tensor


class RKANHistory(nn.Module):
    """Two stages: a history encoder proposes candidates, their paths rank them.

    The score of a candidate is a ledger: a * taste + b * popularity + the evidence of each path.
    a, b and the level c of each kind are linear in the log length of the history: what counts for a
    new user is not what counts after a hundred movies.
    Taste is the inner product of the history encoder's vectors, itself a sum over the movies of the
    history (HistoryEncoder.contributions). The evidence of path i of kind k is

        e_i = exp(min(6, c_k + gamma_k log(w_i) + beta_k . x_i + r_i)),

    where w is the path's weight in the graph and x are its features. r is what RKAN adds: one LSTM
    reads the path, attention compares it with the pair's other paths (PathSequences).

    The paper trains entity embeddings through the binary cross-entropy of the closeness and ranks
    by their inner product. Here the ranking is by the sum of the paths' evidence, learned from
    each user's list (listwise_loss). Users have no vector of their own, so a movie that was
    watched a minute ago counts without training.
    """

    def __init__(
        self,
        config: RKANHistoryConfig,
        history: HistoryConfig,
        *,
        num_movies: int,
        num_attributes: int,
        num_relations: int,
        num_kinds: int = len(USUAL_KINDS),
    ) -> None:
        super().__init__()
        self.config = config
        self.sizes = {
            "num_movies": num_movies,
            "num_attributes": num_attributes,
            "num_relations": num_relations,
            "num_kinds": num_kinds,
        }
        self.history = HistoryEncoder(history, num_movies, num_attributes)
        self.level = nn.Parameter(torch.empty(num_kinds))  # c
        self.exponent = nn.Parameter(torch.empty(num_kinds))  # gamma
        self.slopes = nn.Parameter(torch.empty(num_kinds, len(Feature)))  # beta
        self.of_taste = nn.Parameter(torch.empty(()))  # a
        self.of_popularity = nn.Parameter(torch.empty(()))  # b
        # how the levels, a and b change with the log length of the history
        self.level_by_length = nn.Parameter(torch.empty(num_kinds))
        self.taste_by_length = nn.Parameter(torch.empty(()))
        self.popularity_by_length = nn.Parameter(torch.empty(()))
        self.sequences = PathSequences(config.hidden_dim, num_kinds, num_relations)
        self.learns_sequences = False  # what is trained: the sequences, or all the rest
        self.reset_parameters()
        self.history.eval()

    def train(self, mode: bool = True) -> RKANHistory:
        """Set the training mode; the history encoder stays in evaluation mode, without dropout."""
        super().train(mode)
        self.history.eval()
        return self

    @torch.no_grad()
    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Set the initial weights of all but the history encoder; those of the LSTM are drawn."""
        self.level.fill_(_INITIAL_EVIDENCE)
        self.exponent.fill_(_INITIAL_EXPONENT)
        self.slopes.zero_()
        self.slopes[PathKind.WATCHED_NEXT, Feature.LAST_MOVIES] = _INITIAL_RECENCY
        self.of_taste.fill_(1.0)
        self.of_popularity.fill_(_INITIAL_POPULARITY)
        self.popularity_by_length.fill_(_INITIAL_POPULARITY_BY_LENGTH)
        for by_length in (self.level_by_length, self.taste_by_length):
            by_length.zero_()
        self.sequences.reset_parameters(generator)

    def forward(self, batch: ListBatch) -> RKANHistoryOutput:
        """Return the scores of the candidates and their summands."""
        present = batch.candidates >= 0
        taste = self.taste_scale(batch.lengths) * batch.taste
        by_length = self.popularity_by_length * batch.lengths[:, None]
        popularity = (self.of_popularity + by_length) * batch.popularity
        evidence = self.evidence(batch)
        sums = evidence.new_zeros(present.numel()).index_add(0, batch.owners, evidence)
        path_scores = sums.view(present.shape)
        scores = path_scores
        if self.config.taste:
            scores = scores + taste
        if self.config.popularity:
            scores = scores + popularity
        return RKANHistoryOutput(
            scores.masked_fill(~present, _LOWEST),
            taste if self.config.taste else torch.zeros_like(taste),
            popularity if self.config.popularity else torch.zeros_like(taste),
            path_scores,
            evidence,
        )

    def taste_scale(self, lengths: Tensor) -> Tensor:
        """Return the factor on the taste, [B, 1], for the log lengths of the histories, [B]."""
        return (self.of_taste + self.taste_by_length * lengths)[:, None]

    def evidence(self, batch: ListBatch) -> Tensor:
        """Return the evidence of each path, [N], never negative."""
        kinds = batch.kinds
        logs = self.level[kinds] + self.exponent[kinds] * batch.log_weights
        logs = logs + (self.slopes[kinds] * batch.features).sum(dim=1)
        lengths = batch.lengths[batch.owners // max(batch.candidates.shape[1], 1)]
        logs = logs + self.level_by_length[kinds] * lengths
        if self.config.sequences and (self.learns_sequences or not self.sequences.silent):
            attention = self.config.aggregation == "attention"
            logs = logs + self.sequences(batch, attention=attention)
        return logs.clamp(max=_MOST).exp()

    def parameter_groups(self, config: ListTrainConfig) -> list[dict[str, Any]]:
        """Return the optimiser's groups; the history encoder is fixed."""
        if self.learns_sequences:
            return [{"params": list(self.sequences.parameters()), "lr": config.sequence_rate}]
        levels = [
            self.level,
            self.of_taste,
            self.of_popularity,
            self.level_by_length,
            self.taste_by_length,
            self.popularity_by_length,
        ]
        return [
            {"params": levels, "lr": config.learning_rate},
            {"params": [self.exponent, self.slopes], "lr": config.slope_learning_rate},
        ]

    def batches(
        self, chunks: Iterable[CandidateLists], size: int, rng: np.random.Generator
    ) -> Iterator[ListBatch]:
        """Yield an epoch's batches of ``size`` users, shuffled within each chunk."""
        for lists in list_batches(chunks, size, rng):
            yield collate_lists(lists, self.level.device)

    def loss(self, batch: ListBatch, config: ListTrainConfig) -> Tensor:
        """Return the loss of the lists (listwise_loss).

        A second one, of the path scores alone, is weighted by ``config.path_loss``.
        """
        output = self(batch)
        total = listwise_loss(output.scores, batch.labels)
        if config.path_loss:
            present = batch.candidates >= 0
            alone = output.path_scores.masked_fill(~present, _LOWEST)
            total = total + config.path_loss * listwise_loss(alone, batch.labels)
        return total

    def ranking_loss(self, batch: ListBatch) -> Tensor:
        """Return the loss of the lists by the scores alone, for validation."""
        return listwise_loss(self(batch).scores, batch.labels)


def listwise_loss(scores: Tensor, labels: Tensor) -> Tensor:
    """Return the loss of lists for scores and labels [B, C], a scalar.

    The loss of a list is the sum of two. The first is the cross-entropy of each label against the
    candidates without one, summed over the n labels and divided by sqrt(n): labels do not compete
    with each other. The second is minus the log of the share that all labels take together in a
    softmax over the list: it looks at the top, where most of that share is. A list without labels
    costs nothing.

    Together they rank better than the softmax cross-entropy of all labels (a part of MovieLens-1M,
    inner split, mrr_sum@10 .862 against .858).
    """
    positive = labels > 0
    others = scores.masked_fill(positive, _LOWEST).logsumexp(dim=1, keepdim=True)
    each = torch.logaddexp(scores, others) - scores
    number = positive.sum(dim=1).clamp(min=1)
    first = each.masked_fill(~positive, 0).sum(dim=1) / number.sqrt()
    labelled = scores.masked_fill(~positive, _LOWEST).logsumexp(dim=1)
    second = (scores.logsumexp(dim=1) - labelled).masked_fill(~positive.any(dim=1), 0)
    return (first + second).mean()
