"""The settings of the paths that are read from the graph: sampled and weighted ones."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from model.settings import Count, Option, Rate, Search, Settings


class PathConfig(Settings):
    """The paths that are read from the graph."""

    max_hops: Annotated[Literal[3, 5, 7], Option()] = 3
    """Maximum number of relationships of a path."""
    max_paths_per_pair: Annotated[int, Field(ge=1, le=10_000), Option(), Search(3, 10)] = 5
    """Maximum number of paths of a user-movie pair, sampled uniformly."""
    through_users: Annotated[bool, Option()] = False
    """Also read paths through other users who rated the same movies."""
    via_movies: Count = 50
    """Movies that longer paths may pass through, sampled per user and epoch; a graph with no more
    movies than this has no such limit."""
    via_users: Count = 50
    """Other users that paths may pass through, sampled per user and epoch."""


class WeightedPathConfig(Settings):
    """The candidates that are ranked by their paths, and these paths."""

    candidates: Annotated[int, Field(ge=1, le=100_000)] = 100
    """C, the number of movies that the history encoder proposes per user."""
    history: Annotated[int, Field(ge=1, le=100_000)] = 100
    """Newest movies of the user that paths may go through."""
    watched_next: Annotated[int, Field(ge=0, le=10_000), Search(3, 10)] = 6
    """Strongest paths over WATCHED_NEXT kept per candidate; 0 turns this kind off."""
    watched_next_decay: Annotated[Rate, Search(0.6, 0.98)] = 0.7
    """Factor on the weight of a path over WATCHED_NEXT per step back in the user's history."""
    similar: Annotated[int, Field(ge=0, le=10_000), Search(1, 6)] = 3
    """Strongest paths over SIMILAR kept per candidate; 0 turns this kind off."""
    similar_decay: Annotated[Rate, Search(0.8, 1.0)] = 0.95
    """Factor on the weight of a path over SIMILAR per step back in the user's history."""
    attributes: Annotated[int, Field(ge=0, le=10_000), Search(1, 6)] = 3
    """Strongest paths through shared genres, directors, writers and actors kept per candidate; 0
    turns this kind off."""
    attributes_decay: Annotated[Rate, Search(0.8, 1.0)] = 0.95
    """Factor on the weight of a path through an attribute per step back in the user's history."""
