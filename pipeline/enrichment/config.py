"""The settings of the derived relationships."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from model.settings import Positive, Rate, Search, Settings


class EnrichConfig(Settings):
    """The weights of WATCHED_NEXT and SIMILAR, and the number of them that is kept."""

    neighbours: Annotated[int, Field(ge=1, le=100_000), Search(choices=(50, 100))] = 100
    """Maximum number of relationships of each type from a movie; the greatest weights are kept."""
    steps: Annotated[int, Field(ge=1, le=10_000)] = 20
    """WATCHED_NEXT: maximum number of steps between the two movies in a history."""
    step_decay: Rate = 0.9
    """WATCHED_NEXT: factor on a pair's weight per additional step between its movies."""
    watched_next_shrinkage: Positive = 5.0
    """WATCHED_NEXT: number added to a movie's users, by which its counts are divided."""
    similar: Literal["ease", "cosine"] = "ease"
    """SIMILAR: "ease" for the best linear weights, or "cosine" for graphs with too many movies for
    a dense inverse."""
    ease_l2: Annotated[Positive, Search(50.0, 1000.0, log=True)] = 300.0
    """SIMILAR by EASE: lambda, the ridge penalty."""
    cosine_shrinkage: Positive = 20.0
    """SIMILAR by cosine: number of users added to the denominator, so that pairs shared by few
    users count less."""
