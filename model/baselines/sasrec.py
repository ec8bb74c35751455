"""SASRec: self-attention over the history predicts the next movies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from model.arrays import Booleans, Floats, Integers
from model.baselines.base import Baseline, Interactions, Track
from model.baselines.settings import BatchSize, Epochs, Length
from model.settings import Positive, Rate, Search, Settings, Share

# Letters: B histories, T movies of the longest history, N cuts, W window, M movies, D dim, H heads.
HEADS = 2
STEEPEST, FLATTEST, FLOOR = 0.1, 0.01, 4.0  # initial recency bias: -min(slope * age, FLOOR)


class SASRecConfig(Settings):
    """Self-attentive sequential recommendation."""

    dim: Annotated[int, Field(ge=2, le=4096, multiple_of=2), Search(choices=(32, 64, 128))] = 64
    """D, the size of a movie's embedding."""
    blocks: Annotated[int, Field(ge=1, le=16), Search(choices=(1, 2))] = 1
    """Attention layers."""
    feed_forward: Annotated[Literal[0, 1], Search(choices=(0, 1))] = 0
    """Parts of a layer: 1 adds the paper's layer norm and position-wise network to the attention,
    0 does not. 0 is more accurate on MovieLens-100K, 1 on MovieLens-1M."""
    length: Length = 100
    """Newest movies of a history that are attended to."""
    window: Length = 20
    """W, the number of movies after a cut that are its targets."""
    cuts: Length = 8
    """Places per history and epoch after which the next movies are predicted."""
    dropout: Annotated[Share, Search(0.1, 0.6)] = 0.3
    """Dropout of the hidden states."""
    gain: Positive = 3.0
    """Factor on the last layer's attention; a larger one speeds up training."""
    learning_rate: Annotated[Rate, Search(0.001, 0.01, log=True)] = 0.003
    """Adam's learning rate at the start; it falls to a tenth, linearly."""
    batch_size: BatchSize = 32
    """Histories per step."""
    epochs: Annotated[Epochs, Search(5, 30)] = 15
    """Passes over the users."""


class Block(nn.Module):
    """Causal attention with a recency bias and, with feed_forward, a position-wise network."""

    def __init__(self, config: SASRecConfig) -> None:
        super().__init__()
        dim, length = config.dim, config.length
        self.dropout, self.feed_forward = config.dropout, bool(config.feed_forward)
        slopes = torch.logspace(np.log10(STEEPEST), np.log10(FLATTEST), HEADS)
        self.recency = nn.Parameter(-(slopes[:, None] * torch.arange(length)).clamp(max=FLOOR))
        self.query_key = nn.Linear(dim, 2 * dim)
        with torch.no_grad():  # normed embeddings are large: start near pure recency
            self.query_key.weight *= 0.1 if self.feed_forward else 1.0
        if self.feed_forward:
            self.attention_norm, self.network_norm = nn.LayerNorm(dim), nn.LayerNorm(dim)
            self.inner, self.outer = nn.Linear(dim, dim), nn.Linear(dim, dim)
            with torch.no_grad():
                self.outer.weight *= 0.1

    def forward(self, x: Tensor, gain: float = 1.0) -> Tensor:
        """Return the states after the layer, float32 [B, T, D], for the states x [B, T, D]."""
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
    """The network from histories to scores."""

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
        """Return scores, float32 [N, M], of the movies after histories[rows, places].

        Args:
            histories: int64 [B, T], the oldest movie first, padded with M at the end.
            rows: int64 [N], the history of each cut.
            places: int64 [N], the last place before each cut.
        """
        x = self.source(histories)
        for block in self.blocks[:-1]:
            x = x + block(x)
        x = self.blocks[-1](x, self.config.gain)
        return torch.addmm(self.bias, x[rows, places], self.target.weight.T)


class SASRec(Baseline[SASRecConfig]):
    """Self-attentive sequential recommendation (Kang and McAuley, ICDM 2018, sections III.A-E).

    Departures, all for accuracy:
    - All unseen movies compete in a softmax; the paper draws one negative.
    - The targets are the next ``window`` movies; the paper has one.
    - A learned attention bias by age replaces the position embeddings.
    - The attention divides by sqrt(total) + 1, so that long histories have more influence;
      softmax divides by the total.
    - The values are the embeddings themselves.
    - A movie has one embedding in the history and another as a target.
    - The last layer has no residual connection.
    - Without ``feed_forward``, there is neither layer norm nor position-wise network.
    """

    def fit(self, training: Interactions, track: Track = iter) -> None:
        """Train, without a change to PyTorch's global random state."""
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
                    self.loss(batch, generator).backward()  # type: ignore[no-untyped-call]
                    optimizer.step()
                    schedule.step()
        self._network.eval()

    @torch.no_grad()
    def score(self, users: Integers) -> Floats:
        """Return the scores, float32 [b, M]."""
        scores = np.empty((len(users), self._training.num_movies), np.float32)
        for start in range(0, len(users), 256):
            chosen = users[start : start + 256]
            ends = np.diff(self._training.offsets)[chosen]
            histories, sizes = self._histories(chosen, ends)
            rows, last = torch.arange(len(chosen)), torch.from_numpy(np.maximum(sizes - 1, 0))
            scores[start : start + 256] = self._network(histories, rows, last).numpy()
        return scores

    def _batches(self, users: Integers, generator: np.random.Generator) -> Iterator[Integers]:
        """Yield the users in random batches of similar length, which need little padding."""
        sizes = np.minimum(np.diff(self._training.offsets)[users], self.config.length)
        order = users[np.argsort(sizes * generator.uniform(0.8, 1.25, len(users)))]
        starts = generator.permutation(np.arange(0, len(users), self.config.batch_size))
        for start in starts.tolist():
            yield order[start : start + self.config.batch_size]

    def _histories(self, users: Integers, ends: Integers) -> tuple[Tensor, Integers]:
        """Return the last ``length`` movies before each end, and their numbers, int64 [B].

        The movies are int64 [B, T], padded with M at the right.
        """
        sizes = np.minimum(ends, self.config.length)
        first = self._training.offsets[users] + ends - sizes
        steps = np.arange(max(1, sizes.max(initial=0)))
        return torch.from_numpy(self._at(first[:, None] + steps, steps < sizes[:, None])), sizes

    def _at(self, places: Integers, valid: Booleans) -> Integers:
        """Return the movies at these places of ``training.movies``, M where not valid."""
        movies = np.append(self._training.movies, self._training.num_movies)
        return movies[np.where(valid, places, len(movies) - 1)]

    def loss(self, users: Integers, generator: np.random.Generator) -> Tensor:
        """Return the mean cross-entropy of the next movies after random cuts.

        Movies before a cut do not compete.
        """
        training, config = self._training, self.config
        lengths, offsets = np.diff(training.offsets)[users], training.offsets[users]
        # each cut needs a movie after it; of a long history, a random stretch is used
        shortest = np.minimum(lengths - 1, config.length)
        ends = generator.integers(shortest, lengths)
        histories, sizes = self._histories(users, ends)
        draws = generator.random(histories.shape)
        draws[np.arange(histories.shape[1]) >= sizes[:, None]] = 2.0
        picked = np.argsort(draws, axis=1)[:, : config.cuts]
        rows, column = np.nonzero(picked < sizes[:, None])
        places = picked[rows, column]
        seen = (ends - sizes)[rows] + places + 1  # number of movies before the cut
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
        targets[~valid] = 0  # any movie: the weight is 0
        weights = torch.from_numpy(valid / valid.sum(1, keepdims=True)).float()
        loss: Tensor = -(log_shares.gather(1, torch.from_numpy(targets)) * weights).sum()
        return loss / len(rows)
