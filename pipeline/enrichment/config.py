"""How the derived relationships are computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class EnrichConfig:
    """Which weights WATCHED_NEXT and SIMILAR get, and how many of them are kept.

    Attributes:
        neighbours: relationships of each type that leave a movie, at most; the greatest weights.
        steps: WATCHED_NEXT: places in a history between the two movies, at most.
        step_decay: WATCHED_NEXT: what a pair counts per step between its movies, in (0, 1].
        watched_next_shrinkage: WATCHED_NEXT: added to the number of a movie's watchers, which its
            counts are divided by; more than 0.
        similar: SIMILAR: "ease", the best linear weights, or "cosine", for graphs with too many
            movies for a dense inverse.
        ease_l2: SIMILAR by EASE: lambda, the ridge penalty; more than 0.
        cosine_shrinkage: SIMILAR by cosine: added to the denominator, in users, so that pairs which
            few users share count less; more than 0.
    """

    neighbours: int = 100
    steps: int = 20
    step_decay: float = 0.9
    watched_next_shrinkage: float = 5.0
    similar: Literal["ease", "cosine"] = "ease"
    ease_l2: float = 300.0
    cosine_shrinkage: float = 20.0
