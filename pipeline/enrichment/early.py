"""The early part of each history, from which ranking is learned, and the late part to predict."""

from __future__ import annotations

import numpy as np

from pipeline.content.histories import Histories
from pipeline.enrichment.config import EnrichConfig

_SEED = 0  # fixed, so that the same histories always give the same derived relationships


def early_and_late(histories: Histories, config: EnrichConfig) -> tuple[Histories, Histories]:
    """Return each user's movies for learning and the later ones that provide the labels.

    The early parts of some users are cut to their newest few movies, 1 to ``short_length``, short
    ones as likely as long ones on a log scale. Without them, ranking is learned from long histories
    only, and works badly for new users.
    """
    early, late = histories.split(config.label_fraction)
    draws = np.random.default_rng((_SEED, len(histories)))
    chosen = draws.permutation(len(histories))[: round(len(histories) * config.short_histories)]
    lengths = np.exp(draws.uniform(0, np.log(config.short_length + 1), len(chosen)))
    keep = early.sizes.copy()
    keep[chosen] = np.minimum(keep[chosen], lengths.astype(np.int64))
    return early.newest(keep), late
