"""An LSTM over each path and attention over a pair's paths, which correct the paths' evidence.

Letters: N paths, B users, C candidates of a user, H size of the LSTM's hidden state.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from model.lstm import lstm_cell
from model.rkan_history.candidate_lists import ListBatch
from model.rkan_history.path_kinds import Feature

_OF_MOVIE = (
    Feature.LAST_MOVIES,
    Feature.RECENT_MOVIES,
    Feature.LOG_AGE,
    Feature.RATING,
    Feature.MOVIE_POPULARITY,
)
_OF_RELATION = (Feature.WATCHED_NEXT, Feature.SIMILAR, Feature.VOTE)
_WEIGHT_SCALE = 5.0  # log weights are divided by it
_FEW = 8  # paths of a pair; pairs with up to so many are padded to this length
_INITIAL_STD = 0.3  # of the embeddings


class PathSequences(nn.Module):
    """Reads a path as a sequence and compares it with the pair's other paths (eq. 1 and 2).

    A path has three steps: the watched movie and its rating; the relation to the candidate with its
    weight; the candidate. Self-attention relates the paths of one pair as in RKAN: softmax(D D^T /
    sqrt(H)) D for the hidden states D after the last step. The correction of a path is linear in
    its own state and in this context. It is 0 after ``reset_parameters``.
    """

    def __init__(self, hidden_dim: int, num_kinds: int, num_relations: int) -> None:
        super().__init__()
        self.hidden_dim = hidden_dim
        gates = 4 * hidden_dim
        self.from_kind = nn.Embedding(num_kinds, gates)
        self.from_movie = nn.Linear(len(_OF_MOVIE), gates, bias=False)
        self.from_relation = nn.Embedding(num_relations, gates)
        self.from_weights = nn.Linear(len(_OF_RELATION) + 1, gates, bias=False)
        self.from_candidate = nn.Linear(1, gates)
        self.from_hidden = nn.Linear(hidden_dim, gates, bias=False)
        self.correction = nn.Linear(2 * hidden_dim, 1)

    @torch.no_grad()
    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw initial weights; all corrections are 0 with them."""
        bound = 1 / math.sqrt(self.hidden_dim)
        for parameter in self.parameters():
            parameter.uniform_(-bound, bound, generator=generator)
        for table in (self.from_kind.weight, self.from_relation.weight):
            table.normal_(0.0, _INITIAL_STD, generator=generator)
        self.correction.weight.zero_()
        self.correction.bias.zero_()

    @property
    def silent(self) -> bool:
        """True if all corrections are 0, as before training."""
        return not bool(self.correction.weight.any() or self.correction.bias.any())

    def forward(self, batch: ListBatch, *, attention: bool) -> Tensor:
        """Return the correction of each path's log evidence, [N]; N may be 0."""
        states = self.encode(batch)
        context = self._context(states, batch) if attention else torch.zeros_like(states)
        corrections: Tensor = self.correction(torch.cat([states, context], dim=1))
        return corrections.squeeze(1)

    def encode(self, batch: ListBatch) -> Tensor:
        """Return the hidden state after each path's last step, [N, H] (eq. 1)."""
        features = batch.features
        nothing = features.new_zeros(len(features), self.hidden_dim)
        movie = self.from_kind(batch.kinds) + self.from_movie(features[:, list(_OF_MOVIE)])
        cell, hidden = lstm_cell(movie, nothing)
        weight = (batch.log_weights / _WEIGHT_SCALE).unsqueeze(1)
        weights = torch.cat([weight, features[:, list(_OF_RELATION)]], dim=1)
        relation = self.from_relation(batch.relations) + self.from_weights(weights)
        cell, hidden = self._step(relation, cell, hidden)
        popularity = features[:, Feature.CANDIDATE_POPULARITY].unsqueeze(1)
        _, hidden = self._step(self.from_candidate(popularity), cell, hidden)
        return hidden

    def _step(self, gates: Tensor, cell: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        return lstm_cell(torch.addmm(gates, hidden, self.from_hidden.weight.t()), cell)

    def _context(self, states: Tensor, batch: ListBatch) -> Tensor:
        """Return the attention-weighted states of each path's pair, [N, H] (eq. 2).

        To rank, pairs with few paths are not padded to the length of those with many. To learn,
        they are: how far decides the order in which gradients are summed, and so their last bit.
        """
        if not len(states):
            return states
        context = torch.zeros_like(states)
        counts = torch.bincount(batch.owners, minlength=batch.candidates.numel())  # [B * C]
        of_path, most = counts[batch.owners], int(counts.max())
        least, width = 1, most if torch.is_grad_enabled() else _FEW
        while least <= most:
            paths = ((of_path >= least) & (of_path <= width)).nonzero().squeeze(1)
            if len(paths):
                pairs = ((counts >= least) & (counts <= width)).cumsum(0) - 1
                places = pairs[batch.owners[paths]] * width + batch.ranks[paths]
                found = _attend(states[paths], places, int(pairs[-1]) + 1, width)
                context = context.index_copy(0, paths, found)
            least, width = width + 1, min(2 * width, max(most, width + 1))
        return context


def _attend(states: Tensor, places: Tensor, num_pairs: int, width: int) -> Tensor:
    """Return softmax(D D^T / sqrt(H)) D of each pair for each of its paths, [n, H].

    Args:
        states: [n, H].
        places: int64 [n], the place of each path in [num_pairs * width].
        num_pairs: number of pairs.
        width: paths of the pair with most.
    """
    hidden_dim = states.shape[1]
    padded = states.new_zeros(num_pairs * width, hidden_dim).index_copy(0, places, states)
    present = torch.zeros_like(padded[:, 0], dtype=torch.bool)
    present[places] = True
    of_pair = padded.view(num_pairs, width, hidden_dim)
    scores = of_pair @ of_pair.transpose(1, 2) / math.sqrt(hidden_dim)
    absent = ~present.view(num_pairs, 1, width)
    scores = scores.masked_fill(absent, torch.finfo(scores.dtype).min)
    return (torch.softmax(scores, dim=2) @ of_pair).flatten(0, 1)[places]
