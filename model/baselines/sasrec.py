"""SASRec: self-attention over the history, oldest to newest, predicts what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.baselines.base import Baseline, Integers, Interactions, Scores, Track, tuned

# Letters: B histories, T movies of the longest, N cuts, W window, M movies, D dim, H heads.
HEADS = 2
STEEPEST, FLATTEST, FLOOR = 0.1, 0.01, 4.0  # recency bias at the start: -min(slope * age, FLOOR)


@dataclass(frozen=True)
class SASRecConfig:
    """Self-attentive sequential recommendation.

    Attributes:
        dim: D, size of a movie's embedding, even.
        blocks: attention layers.
        feed_forward: 1 for layers with the paper's layer norm and position-wise network; 0 for
            attention alone, more accurate on MovieLens-100K, less on 1M.
        length: newest movies of a history that are attended to.
        window: W, the movies after a cut that count as its targets.
        cuts: places per history and epoch from which the next movies are predicted.
        dropout: share of a state's entries dropped.
        gain: factor on the last layer's attention; a larger one learns faster from the same rate.
        learning_rate: Adam's at the start; it falls to a tenth, linearly.
        batch_size: histories per step.
        epochs: passes over the users.
    """

    dim: int = tuned(64, choices=(32, 64, 128))
    blocks: int = tuned(1, choices=(1, 2))
    feed_forward: int = tuned(0, choices=(0, 1))
    length: int = 100
    window: int = 20
    cuts: int = 8
    dropout: float = tuned(0.3, 0.1, 0.6)
    gain: float = 3.0
    learning_rate: float = tuned(0.003, 0.001, 0.01, log=True)
    batch_size: int = 32
    epochs: int = tuned(15, 5, 30)


class Block(nn.Module):
    """Causal attention with recency, then (with feed_forward) a position-wise network."""

    def __init__(self, config: SASRecConfig) -> None:
        super().__init__()
        dim, length = config.dim, config.length
        self.dropout, self.feed_forward = config.dropout, bool(config.feed_forward)
        slopes = torch.logspace(np.log10(STEEPEST), np.log10(FLATTEST), HEADS)
        self.recency = nn.Parameter(-(slopes[:, None] * torch.arange(length)).clamp(max=FLOOR))
        self.query_key = nn.Linear(dim, 2 * dim)
        with torch.no_grad():  # a normed embedding is large: start near plain recency
            self.query_key.weight *= 0.1 if self.feed_forward else 1.0
        if self.feed_forward:
            self.attention_norm, self.network_norm = nn.LayerNorm(dim), nn.LayerNorm(dim)
            self.inner, self.outer = nn.Linear(dim, dim), nn.Linear(dim, dim)
            with torch.no_grad():
                self.outer.weight *= 0.1

    def forward(self, x: Tensor, gain: float = 1.0) -> Tensor:
        """x, result: float32 [B, T, D]."""
        batch, steps, dim = x.shape
        place = torch.arange(steps)
        age = place[:, None] - place
        bias = self.recency[:, age.clamp(min=0)].masked_fill(age < 0, -1e9)  # [H, T, T]
        asked = F.dropout(
            self.attention_norm(x) if self.feed_forward else x, self.dropout, self.training
        )
        heads = self.query_key(asked).view(batch, steps, 2, HEADS, dim // HEADS)
        query, key = heads.permute(2, 0, 3, 1, 4)  # each [B, H, T, D/H]
        logits = query @ key.transpose(2, 3) / (dim // HEADS) ** 0.5 + bias
        total = logits.logsumexp(3, keepdim=True)
        value = x.view(batch, steps, HEADS, dim // HEADS).transpose(1, 2)
        attended = (logits - total).exp() @ value * (total.exp() / ((total / 2).exp() + 1))
        state = gain * attended.transpose(1, 2).reshape(batch, steps, dim)
        if self.feed_forward:
            hidden = F.relu(self.inner(self.network_norm(state)))
            state = state + self.outer(F.dropout(hidden, self.dropout, self.training))
        return F.dropout(state, self.dropout, self.training)


class Network(nn.Module):
    """Histories to scores."""

    def __init__(self, popularity: Integers, config: SASRecConfig) -> None:
        super().__init__()
        self.config, movies = config, len(popularity)
        self.source = nn.Embedding(movies + 1, config.dim, padding_idx=movies)
        self.target = nn.Embedding(movies, config.dim)
        for table in (self.source, self.target):
            nn.init.normal_(table.weight, std=0.02)
        with torch.no_grad():
            self.source.weight[movies] = 0
        share = torch.from_numpy((popularity + 1) / (popularity + 1).sum())
        self.bias = nn.Parameter(share.log().float())
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.blocks))

    def forward(self, histories: Tensor, rows: Tensor, places: Tensor) -> Tensor:
        """float32 [N, M]: what follows the movie at histories[rows, places].

        Args:
            histories: int64 [B, T], oldest first, M after a history's end.
            rows: int64 [N].
            places: int64 [N].
        """
        x = self.source(histories)
        for block in self.blocks[:-1]:
            x = x + block(x)
        x = self.blocks[-1](x, self.config.gain)
        return torch.addmm(self.bias, x[rows, places], self.target.weight.T)


class SASRec(Baseline[SASRecConfig]):
    """Self-attentive sequential recommendation (Kang and McAuley, ICDM 2018, sections III.A-E).

    Departures, for accuracy: all movies not yet seen compete in a softmax, where the paper draws
    one negative; the targets are the next ``window`` movies, not one; a learned bias by age in the
    attention replaces position embeddings; attention sums over sqrt(total) + 1, which lets long
    histories say more, where softmax divides by the total; values are the embeddings themselves;
    a movie's embedding as history differs from that as target; the last layer has no residual; and
    without ``feed_forward`` there is neither layer norm nor position-wise network.
    """

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Train; the global random state is left as it was."""
        config, self._training = self.config, training
        generator = np.random.default_rng(self.seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            self._network = Network(training.popularity, config)
            optimizer = torch.optim.Adam(self._network.parameters(), lr=config.learning_rate)
            users = np.flatnonzero(np.diff(training.offsets) > 1)
            steps = max(1, config.epochs * -(-len(users) // config.batch_size))
            schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.1, steps)
            for _ in track(range(config.epochs)):
                for batch in self._batches(users, generator):
                    optimizer.zero_grad()
                    self._loss(batch, generator).backward()  # type: ignore[no-untyped-call]
                    optimizer.step()
                    schedule.step()
        self._network.eval()

    @torch.no_grad()
    def score(self, users: Integers) -> Scores:
        """float32 [b, M]."""
        scores = np.empty((len(users), self._training.num_movies), np.float32)
        for start in range(0, len(users), 256):
            chosen = users[start : start + 256]
            ends = np.diff(self._training.offsets)[chosen]
            histories, sizes = self._histories(chosen, ends)
            rows, last = torch.arange(len(chosen)), torch.from_numpy(np.maximum(sizes - 1, 0))
            scores[start : start + 256] = self._network(histories, rows, last).numpy()
        return scores

    def _batches(self, users: Integers, generator: np.random.Generator) -> Iterator[Integers]:
        """The users in random batches of similar length: little padding."""
        sizes = np.minimum(np.diff(self._training.offsets)[users], self.config.length)
        order = users[np.argsort(sizes * generator.uniform(0.8, 1.25, len(users)))]
        starts = generator.permutation(np.arange(0, len(users), self.config.batch_size))
        for start in starts.tolist():
            yield order[start : start + self.config.batch_size]

    def _histories(self, users: Integers, ends: Integers) -> tuple[Tensor, Integers]:
        """The last ``length`` movies before each end, int64 [B, T], padded at the right; sizes."""
        sizes = np.minimum(ends, self.config.length)
        first = self._training.offsets[users] + ends - sizes
        steps = np.arange(max(1, sizes.max(initial=0)))
        return torch.from_numpy(self._at(first[:, None] + steps, steps < sizes[:, None])), sizes

    def _at(self, places: Integers, valid: npt.NDArray[np.bool_]) -> Integers:
        """Movies at these places of all histories, M where not valid."""
        movies = np.append(self._training.movies, self._training.num_movies)
        return movies[np.where(valid, places, len(movies) - 1)]

    def _loss(self, users: Integers, generator: np.random.Generator) -> Tensor:
        """Mean cross-entropy of the next movies after random cuts, those seen before excluded."""
        training, config = self._training, self.config
        lengths, offsets = np.diff(training.offsets)[users], training.offsets[users]
        # a cut needs a movie after it; of a long history a random stretch
        shortest = np.minimum(lengths - 1, config.length)
        ends = generator.integers(shortest, lengths)
        histories, sizes = self._histories(users, ends)
        draws = generator.random(histories.shape)
        draws[np.arange(histories.shape[1]) >= sizes[:, None]] = 2.0
        picked = np.argsort(draws, axis=1)[:, : config.cuts]
        rows, column = np.nonzero(picked < sizes[:, None])
        places = picked[rows, column]
        seen = (ends - sizes)[rows] + places + 1  # movies of the history up to and with the cut
        logits = self._network(histories, torch.from_numpy(rows), torch.from_numpy(places))
        before = np.arange(seen.sum()) - np.repeat(np.cumsum(seen) - seen, seen)
        watched = training.movies[np.repeat(offsets[rows], seen) + before]
        excluded = (
            torch.from_numpy(np.repeat(np.arange(len(rows)), seen)),
            torch.from_numpy(watched),
        )
        log_shares = logits.index_put(excluded, torch.tensor(-1e9)).log_softmax(1)
        steps = np.arange(config.window)
        valid = seen[:, None] + steps < lengths[rows][:, None]  # [N, W]
        targets = self._at((offsets[rows] + seen)[:, None] + steps, valid)
        targets[~valid] = 0  # their weight is 0
        weights = torch.from_numpy(valid / valid.sum(1, keepdims=True)).float()
        loss: Tensor = -(log_shares.gather(1, torch.from_numpy(targets)) * weights).sum()
        return loss / len(rows)
