"""Which paths are read from the graph: sampled ones, and those with most weight."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from model.settings import Count, Option, Rate, Search, Settings


class PathConfig(Settings):
    """The paths that are read from the graph."""

    max_hops: Annotated[Literal[3, 5, 7], Option()] = 3
    """Longest path, in relationships."""
    max_paths_per_pair: Annotated[int, Field(ge=1, le=10_000), Option(), Search(3, 10)] = 5
    """Paths kept of a user-movie pair, sampled uniformly."""
    through_users: Annotated[bool, Option()] = False
    """Also read paths through other users who rated the same movies."""
    via_movies: Count = 50
    """Movies of one sampled set that longer paths may pass through, per user and epoch; a graph
    with no more movies than this gives all its paths a chance at once."""
    via_users: Count = 50
    """Other users of one sampled set that paths may pass through, likewise."""


class WeightedPathConfig(Settings):
    """The movies that are ranked by their paths, and these paths."""

    candidates: Annotated[int, Field(ge=1, le=100_000)] = 100
    """C, the movies of each user that the history encoder proposes."""
    history: Annotated[int, Field(ge=1, le=100_000)] = 100
    """Newest movies of the user that paths may go through."""
    watched_next: Annotated[int, Field(ge=0, le=10_000), Search(3, 10)] = 6
    """Paths over WATCHED_NEXT kept of a candidate, the strongest; 0 leaves this kind out."""
    watched_next_decay: Annotated[Rate, Search(0.6, 0.98)] = 0.7
    """Weight of a path over WATCHED_NEXT per step back in the user's history."""
    similar: Annotated[int, Field(ge=0, le=10_000), Search(1, 6)] = 3
    """Paths over SIMILAR kept of a candidate, the strongest; 0 leaves this kind out."""
    similar_decay: Annotated[Rate, Search(0.8, 1.0)] = 0.95
    """Weight of a path over SIMILAR per step back in the user's history."""
    attributes: Annotated[int, Field(ge=0, le=10_000), Search(1, 6)] = 3
    """Paths through shared genres, directors, writers and actors kept of a candidate, the
    strongest; 0 leaves this kind out."""
    attributes_decay: Annotated[Rate, Search(0.8, 1.0)] = 0.95
    """Weight of a path through an attribute per step back in the user's history."""
