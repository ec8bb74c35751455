"""The settings of the derived relationships."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from model.settings import Positive, Rate, Search, Settings


class EnrichConfig(Settings):
    """Weights of WATCHED_NEXT and SIMILAR, and how many of them are kept."""

    neighbours: Annotated[int, Field(ge=1, le=100_000), Search(choices=(50, 100))] = 100
    """Relationships of each type that leave a movie, at most; those with the greatest weights."""
    steps: Annotated[int, Field(ge=1, le=10_000)] = 20
    """WATCHED_NEXT: places in a history between the two movies, at most."""
    step_decay: Rate = 0.9
    """WATCHED_NEXT: weight of a pair per step between its movies."""
    watched_next_shrinkage: Positive = 5.0
    """WATCHED_NEXT: added to the number of a movie's watchers, which its counts are divided by."""
    similar: Literal["ease", "cosine"] = "ease"
    """SIMILAR: "ease", the best linear weights, or "cosine", for graphs with too many movies for a
    dense inverse."""
    ease_l2: Annotated[Positive, Search(50.0, 1000.0, log=True)] = 300.0
    """SIMILAR by EASE: lambda, the ridge penalty."""
    cosine_shrinkage: Positive = 20.0
    """SIMILAR by cosine: added to the denominator, in users, so that pairs that few users share
    count less."""
