"""What every network over paths offers, whatever it is inside."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recommendation:
    """One recommended movie with its evidence; user and movie are entityIds.

    Attributes:
        user: to whom.
        movie: what.
        rank: 1 is the best.
        score: what it was ranked by: the inner product of the two embeddings, or with RKAN-history
            the sum of the next two.
        closeness: sigmoid of what the paths say, in (0, 1).
        paths: entityIds from user to movie, those with most weight first.
        weights: of each path kept; all paths read of the pair sum to 1, so these sum to at most 1.
        path_score: what the paths put it above the user's average candidate; None for RKAN, whose
            paths explain the ranking but do not make it.
        linear_score: likewise the linear part.
    """

    user: int
    movie: int
    rank: int
    score: float
    closeness: float
    paths: list[tuple[int, ...]]
    weights: list[float]
    path_score: float | None = None
    linear_score: float | None = None
