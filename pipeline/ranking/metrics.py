"""Ranking metrics of top-k lists, one value per user, for all users at once.

Letters: U users, K places of the longest list. The definitions follow the paper's evaluation
protocol, or where it gives none, the public code of its predecessor RKGE (Sun et al., 2018).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from model.arrays import Booleans, Doubles, Integers

CUTOFF = 10  # the number of places that count in the metrics "@10"


@dataclass(frozen=True)
class Lists:
    """The lists recommended to U users, compared with their held-out movies.

    Attributes:
        hits: bool [U, K], True where the movie is held out for the user; False past the list's
            end.
        lengths: int64 [U], number of movies on each list (0..K).
        relevant: int64 [U], number of held-out movies of each user, greater than 0.
    """

    hits: Booleans
    lengths: Integers
    relevant: Integers

    def of(self, chosen: Booleans) -> Lists:
        """Return the lists of the users where ``chosen`` (bool [U]) is True."""
        return Lists(self.hits[chosen], self.lengths[chosen], self.relevant[chosen])


def _ranks(hits: Booleans) -> Doubles:
    return np.arange(1, hits.shape[1] + 1, dtype=np.float64)


def precision(lists: Lists, k: int) -> Doubles:
    """Return P@k = hits among the first k / min(k, list length); [U], 0 for an empty list.

    As in RKGE, a list shorter than k is not penalised for its length.
    """
    hits = lists.hits[:, :k].sum(axis=1)
    return np.asarray(hits / np.clip(lists.lengths, 1, k), dtype=np.float64)


def mrr_sum(lists: Lists) -> Doubles:
    """Return mrr_sum@10, the paper's "MRR": the sum of 1/rank over ALL hits in the top 10; [U].

    It can exceed 1 for a user with several hits, so it is not comparable with ``mrr``.
    """
    hits = lists.hits[:, :CUTOFF]
    return np.asarray(hits @ (1.0 / _ranks(hits)), dtype=np.float64)


def mrr(lists: Lists) -> Doubles:
    """Return mrr@10, the standard MRR: 1/rank of the first hit in the top 10, or 0; [U]."""
    hits = lists.hits[:, :CUTOFF]
    return np.asarray((hits / _ranks(hits)).max(axis=1, initial=0.0), dtype=np.float64)


def recall(lists: Lists) -> Doubles:
    """Return recall@10 = hits in the top 10 / held-out movies of the user; [U]."""
    return np.asarray(lists.hits[:, :CUTOFF].sum(axis=1) / lists.relevant, dtype=np.float64)


def ndcg(lists: Lists) -> Doubles:
    """Return nDCG@10 with binary gains: sum of hit/log2(rank + 1) / the best possible sum; [U].

    The best possible list has min(10, held-out movies) hits at its top.
    """
    hits = lists.hits[:, :CUTOFF]
    best = np.cumsum(1.0 / np.log2(np.arange(1, CUTOFF + 1) + 1))
    gained = hits @ (1.0 / np.log2(_ranks(hits) + 1))
    return np.asarray(gained / best[np.minimum(lists.relevant, CUTOFF) - 1], dtype=np.float64)


METRICS: dict[str, Callable[[Lists], Doubles]] = {
    "P@1": partial(precision, k=1),
    "P@5": partial(precision, k=5),
    "P@10": partial(precision, k=10),
    f"mrr_sum@{CUTOFF}": mrr_sum,
    f"mrr@{CUTOFF}": mrr,
    f"recall@{CUTOFF}": recall,
    f"nDCG@{CUTOFF}": ndcg,
}


def per_user_metrics(lists: Lists) -> dict[str, Doubles]:
    """Return every metric by name, one value per user: float64 [U] each."""
    return {name: metric(lists) for name, metric in METRICS.items()}


def all_metrics(lists: Lists) -> dict[str, float]:
    """Return every metric by name, averaged over the users.

    Raises:
        ValueError: there are no users to average over.
    """
    if not lists.lengths.size:
        raise ValueError("metrics need at least one user")
    return {name: float(values.mean()) for name, values in per_user_metrics(lists).items()}
