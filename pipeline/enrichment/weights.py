"""Weights between movies, computed from histories alone, without a database.

Rows are computed in blocks and cut to the greatest weights at once, so memory is bounded by a
block, not by the square of the number of movies. EASE, which needs a dense inverse, is the
exception.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from model.arrays import Doubles, Floats, Integers32
from model.item_weights import followers, nearest, ridge_weights, shrunk_cosines
from pipeline.content.histories import Histories
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.rated import Rated
from pipeline.errors import ConfigError

EASE_MOVIES = 20_000  # the dense inverse of more would need over 10 GB
_ROUNDING = 1e-9  # a weight of EASE below this may be zero but for rounding


@dataclass(frozen=True)
class Weights:
    """Weighted directed pairs of movies, ordered by source, then by weight, greatest first.

    Attributes:
        source: int32 [W], entityId of the movie in a history.
        target: int32 [W], entityId of the movie that it supports; never the source.
        weight: float32 [W], greater than 0.
    """

    source: Integers32
    target: Integers32
    weight: Floats

    def __len__(self) -> int:
        """Return the number of pairs, W."""
        return len(self.source)

    def by_source(self) -> Iterator[tuple[int, list[int], list[float]]]:
        """Yield each source with its targets and weights."""
        sources, starts = np.unique(self.source, return_index=True)
        ends = np.append(starts, len(self))[1:].tolist()
        for source, first, last in zip(sources.tolist(), starts.tolist(), ends, strict=True):
            yield source, self.target[first:last].tolist(), self.weight[first:last].tolist()


def watched_next(histories: Histories, config: EnrichConfig) -> Weights:
    """Return the weights T[j, m] of WATCHED_NEXT.

    T[j, m] is the sum of step_decay ** (k - 1) over the users in whose history m comes k steps
    after j, k <= steps, divided by the number of j's users + watched_next_shrinkage.

    The ``neighbours`` greatest weights of each j are kept; ties are ordered by entityId.
    """
    rated = Rated(histories)
    watchers = rated.popularity + config.watched_next_shrinkage

    def rows(first: int, last: int) -> Doubles:
        counts = followers(
            rated.users,
            rated.columns,
            len(rated.movies),
            config.steps,
            config.step_decay,
            first,
            last,
            rated.places(first, last),
        )
        counts /= watchers[first:last, None]
        return counts

    return _greatest(rated, rows, config.neighbours)


def similar(histories: Histories, config: EnrichConfig) -> Weights:
    """Return the weights of EASE (Steck, WWW 2019, eq. 8), or shrunk cosines.

    See model/item_weights.py. The ``neighbours`` greatest positive weights of each j are kept; ties
    are ordered by entityId. Weights of EASE that are zero but for rounding are left out.

    Raises:
        ConfigError: the method is EASE and there are more than ``EASE_MOVIES`` rated movies.
    """
    rated = Rated(histories)
    if config.similar == "cosine":
        return _greatest(
            rated,
            lambda first, last: shrunk_cosines(rated.shared, config.cosine_shrinkage, first, last),
            config.neighbours,
        )
    check_ease(len(rated.movies))
    weights = ridge_weights(rated.matrix, config.ease_l2)
    weights[weights < _ROUNDING] = 0.0
    return _greatest(rated, lambda first, last: weights[first:last], config.neighbours)


def check_ease(num_movies: int) -> None:
    """Check that the dense matrix of EASE fits into memory.

    Raises:
        ConfigError: there are too many movies; the message names the alternative.
    """
    if num_movies > EASE_MOVIES:
        raise ConfigError(
            f"enrich.similar = 'ease' inverts a dense matrix over all rated movies, {num_movies:,} "
            f"here and at most {EASE_MOVIES:,}; use 'cosine' (pipeline enrich --similar cosine)"
        )


def _greatest(rated: Rated, rows: Callable[[int, int], Doubles], neighbours: int) -> Weights:
    """Return the greatest weights of each movie, compared as stored, in float32.

    Args:
        rated: the movies.
        rows: function that returns the weights [b, M] of the movies in columns first..last-1.
        neighbours: maximum number of weights kept per movie.
    """
    movies = rated.movies.astype(np.int32)
    sources, targets, weights = [movies[:0]], [movies[:0]], [np.zeros(0, np.float32)]
    for first, last in rated.blocks():
        kept = nearest(rows(first, last).astype(np.float32), neighbours).tocoo()
        row, column = kept.coords
        order = np.lexsort((column, -kept.data, row))
        sources.append(movies[row[order] + first])
        targets.append(movies[column[order]])
        weights.append(kept.data[order].astype(np.float32))
    return Weights(np.concatenate(sources), np.concatenate(targets), np.concatenate(weights))
