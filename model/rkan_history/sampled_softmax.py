"""The encoder's loss over a sample of the movies, for catalogues in which all of them are too many.

Letters: N cuts, T movies of the longest history, W window, M movies, D embedding size, K draws, F
distinct movies of the histories, S distinct movies of the sample and of the targets.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from model.arrays import PADDING, Doubles, Integers
from model.rkan_history.config import HistoryConfig
from model.rkan_history.cuts import Cuts
from model.rkan_history.encoder import HistoryEncoder

NEVER = -1e9  # the score of a movie that does not count
_MANY = 2  # how many times the draws the movies must be, for a sample to be drawn
_BY_POPULARITY = 0.5  # share of the draws; the others are uniform


def is_sampled(config: HistoryConfig, watched: int) -> bool:
    """Return True if a sample is to stand for ``watched`` movies."""
    return 0 < config.negatives * _MANY < watched


class MovieSampler:
    """Draws movies with replacement, half of them by popularity and half uniformly.

    A movie that is among the K draws with probability P stands for 1 / P movies, so that a sum of
    exp(score) over the sample has the sum over all movies as its mean (Horvitz and Thompson, 1952).
    This is sampled softmax as in Jean et al. (ACL 2015, section 3.1), with the targets counted
    exactly. Movies that nobody watched are never drawn.
    """

    def __init__(self, popularity: Integers, draws: int) -> None:
        """Take the number of interactions of each movie, int64 [M], and K, at least 1."""
        watched = popularity > 0
        shares = popularity / popularity.sum()
        chances: Doubles = _BY_POPULARITY * shares + (1 - _BY_POPULARITY) * watched / watched.sum()
        self._ends = np.cumsum(chances)
        with np.errstate(divide="ignore"):  # a movie that nobody watched stands for infinitely many
            self._log_counts = -np.log(-np.expm1(draws * np.log1p(-chances)))
        self._draws = draws

    def draw(self, generator: np.random.Generator) -> tuple[Integers, Doubles]:
        """Return distinct movies, int64 [n], and the log of how many movies each stands for."""
        places = generator.random(self._draws) * self._ends[-1]
        drawn = np.searchsorted(self._ends, places, side="right")
        movies = np.unique(drawn)
        return movies, self._log_counts[movies]


class Sampled(NamedTuple):
    """The movies that one step needs, and its cuts with movies numbered among these.

    Attributes:
        sources: int64 [F], the movies of the histories.
        columns: int64 [S], the movies that are scored.
        log_counts: float32 [S], log of how many movies each stands for; NEVER for a target that
            was not drawn, which counts for its own cuts only.
        cuts: histories hold places in ``sources``, seen movies and targets places in ``columns``.
            Of the seen movies, only those in ``columns`` are left.
    """

    sources: Tensor
    columns: Tensor
    log_counts: Tensor
    cuts: Cuts

    def to(self, device: torch.device) -> Sampled:
        """Return the same on a device."""
        return Sampled(
            self.sources.to(device),
            self.columns.to(device),
            self.log_counts.to(device),
            self.cuts.to(device),
        )


def number_movies(cuts: Cuts, movies: Integers, log_counts: Doubles, num_movies: int) -> Sampled:
    """Number the movies of the cuts and of a sample of ``num_movies`` movies."""
    histories, targets, seen = (each.numpy() for each in (cuts.histories, cuts.targets, cuts.seen))
    sources = np.unique(histories[histories != PADDING])
    columns = np.union1d(movies, targets)
    place = np.full(num_movies + 1, PADDING)  # the last is that of PADDING
    place[sources] = np.arange(len(sources))
    numbered = place[histories]
    place[sources] = PADDING
    place[columns] = np.arange(len(columns))
    counts = np.full(len(columns), NEVER, dtype=np.float32)
    counts[place[movies]] = log_counts
    seen = np.stack([seen[0], place[seen[1]]])
    return Sampled(
        torch.from_numpy(sources),
        torch.from_numpy(columns),
        torch.from_numpy(counts),
        cuts._replace(
            histories=torch.from_numpy(numbered),
            targets=torch.from_numpy(place[targets]),
            seen=torch.from_numpy(seen[:, seen[1] != PADDING]),
        ),
    )


def sampled_loss(network: HistoryEncoder, sampled: Sampled, kept: Tensor | None) -> Tensor:
    """Return the loss, whose gradients of the embedding tables are sparse.

    Args:
        network: the encoder.
        sampled: its tensors are on the network's device.
        kept: [M, 1], see HistoryEncoder.movie_vectors.
    """
    cuts = sampled.cuts
    sources = network.vectors_of("source", sampled.sources, kept)
    users = network.encode(cuts.histories, cuts.places, sources).flatten(0, 1)  # [N, D]
    movies = network.vectors_of("target", sampled.columns, kept)
    scores = torch.addmm(network.bias[sampled.columns], users, movies.T)  # [N, S]
    of_targets = scores.gather(1, cuts.targets)
    scores = scores + sampled.log_counts
    scores = scores.index_put((cuts.seen[0], cuts.seen[1]), scores.new_tensor(NEVER))
    rows, places = cuts.weights.nonzero(as_tuple=True)
    counted = of_targets[rows, places]
    scores = scores.index_put((rows, cuts.targets[rows, places]), counted)
    shares = of_targets - scores.logsumexp(1, keepdim=True)
    return -(shares * cuts.weights).sum() / len(scores)
