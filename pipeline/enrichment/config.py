"""The settings of the derived relationships."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from model.settings import NotNegative, Positive, Rate, Search, Settings, Share


class EnrichConfig(Settings):
    """The weights of WATCHED_NEXT, SIMILAR and WATCHED_ALIKE, and how many of them are kept."""

    label_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.2
    """Last part of each training history that provides the labels when a network learns to rank.
    Every relationship has a second weight, computed from the part before it."""
    short_histories: Share = 0.15
    """Share of users whose early part is cut to a few movies, at most ``short_length``, so that
    ranking is learned for short histories, too."""
    short_length: Annotated[int, Field(ge=1, le=10_000)] = 16
    """Maximum number of movies that a cut early part keeps."""
    neighbours: Annotated[int, Field(ge=1, le=100_000), Search(choices=(50, 100))] = 100
    """Maximum number of weights of each type from a movie, the greatest; there are as many early
    weights, which may belong to other relationships."""
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
    alike: Annotated[int, Field(ge=0, le=100_000)] = 100
    """WATCHED_ALIKE: maximum number of weights from a user, the greatest, and as many early ones; 0
    writes none."""
    alike_movies: Annotated[int, Field(ge=1, le=10_000)] = 40
    """WATCHED_ALIKE: number of successive movies of a history that are compared."""
    alike_decay: Rate = 0.9
    """WATCHED_ALIKE: factor on a movie's weight per step back in these movies."""
    alike_shrinkage: NotNegative = 5.0
    """WATCHED_ALIKE: number added to the squared length of a stretch, so that stretches of few
    movies count less."""
    alike_rarity: NotNegative = 0.25
    """WATCHED_ALIKE: power of a movie's inverse document frequency in its weight."""
    alike_stride: Annotated[int, Field(ge=1, le=10_000)] = 3
    """WATCHED_ALIKE: histories are compared at every place that is a multiple of this."""
    alike_users: Annotated[int, Field(ge=1)] = 20_000
    """WATCHED_ALIKE: maximum number of users with whose histories all others are compared; of more
    users so many are drawn, and time no longer grows with their square."""
    alike_windows: Annotated[int, Field(ge=1, le=1_000_000)] = 4_000
    """WATCHED_ALIKE: number of places in other users' histories that count, the most alike."""
    alike_power: Positive = 4.0
    """WATCHED_ALIKE: power of the inner product of two stretches in the weight."""
    alike_steps: Annotated[int, Field(ge=1, le=10_000)] = 20
    """WATCHED_ALIKE: number of movies after such a place that a path may lead to."""
