"""The number of people behind a weight between two movies, so that a sentence can name it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from model.arrays import Doubles, Integers32
from model.item_weights import followers
from pipeline.content.histories import Histories
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.rated import Rated
from pipeline.enrichment.weights import Weights


def watched_next_people(histories: Histories, weights: Weights, config: EnrichConfig) -> Integers32:
    """Return how many users watched each target within ``steps`` after its source, int32 [W]."""
    rated = Rated(histories)

    def rows(first: int, last: int) -> Doubles:
        return followers(
            rated.users,
            rated.columns,
            len(rated.movies),
            config.steps,
            1.0,
            first,
            last,
            rated.places(first, last),
        )

    return _of_pairs(rated, weights, rows)


def similar_people(histories: Histories, weights: Weights) -> Integers32:
    """Return how many users watched both movies of each pair, int32 [W]."""
    rated = Rated(histories)
    return _of_pairs(rated, weights, lambda first, last: rated.shared.rows(first, last).toarray())


def _of_pairs(rated: Rated, weights: Weights, rows: Callable[[int, int], Doubles]) -> Integers32:
    """Return the entries of ``rows``, a function of the columns first..last-1, at these pairs."""
    source = np.searchsorted(rated.movies, weights.source)
    target = np.searchsorted(rated.movies, weights.target)
    counts = np.zeros(len(weights), dtype=np.int32)
    for first, last in rated.blocks():
        part = slice(*np.searchsorted(source, (first, last)))
        counts[part] = rows(first, last)[source[part] - first, target[part]]
    return counts
