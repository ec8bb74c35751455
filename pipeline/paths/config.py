"""The settings of the paths that are read from the graph: sampled and weighted ones."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from model.settings import Count, Option, Rate, Search, Settings

_NEW = 4  # movies in the history of a new user, at most
Kept = Annotated[int, Field(ge=0, le=10_000)]


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

    max_hops: Annotated[Literal[2, 3, 5], Option()] = 3
    """Maximum number of relationships of a path: 2 for paths over WATCHED_NEXT and SIMILAR, 3 for
    those through attributes and other users, too, 5 for those through two people as well."""
    candidates: Annotated[int, Field(ge=1, le=100_000)] = 100
    """C, the number of movies that the history encoder proposes per user."""
    candidates_of_new: Annotated[int, Field(ge=1, le=1_000)] = 4
    """How many times as many are proposed to users with at most 4 movies, whose taste is hardly
    known; the factor falls in inverse proportion to the length of the history, down to 1."""
    history: Annotated[int, Field(ge=1, le=100_000)] = 100
    """Newest movies of the user that paths may go through."""
    watched_next: Kept = 8
    """Strongest paths over WATCHED_NEXT kept per candidate; 0 turns this kind off."""
    watched_next_decay: Annotated[Rate, Search(0.6, 0.98)] = 0.7
    """Factor on the weight of a path over WATCHED_NEXT per step back in the user's history, when
    the strongest are chosen."""
    similar: Kept = 8
    """Strongest paths over SIMILAR kept per candidate; 0 turns this kind off."""
    similar_decay: Annotated[Rate, Search(0.8, 1.0)] = 0.95
    """Factor on the weight of a path over SIMILAR per step back in the user's history, when the
    strongest are chosen."""
    makers: Kept = 2
    """Strongest paths through directors and writers kept per candidate; 0 turns this kind off."""
    actors: Kept = 2
    """Strongest paths through actors kept per candidate; 0 turns this kind off."""
    genres: Kept = 2
    """Strongest paths through genres kept per candidate; 0 turns this kind off."""
    attributes_decay: Annotated[Rate, Search(0.8, 1.0)] = 0.95
    """Factor on the weight of a path through an attribute per step back in the user's history, when
    the strongest are chosen."""
    users: Kept = 20
    """Strongest paths through other users kept per candidate; 0 turns this kind off."""
    users_decay: Annotated[Rate, Search(0.8, 1.0)] = 0.93
    """Factor on the weight of a path through another user per movie that this user watched between
    the shared ones and the candidate."""
    people: Kept = 2
    """Strongest paths through two people kept per candidate, with ``max_hops`` = 5; 0 turns this
    kind off."""

    linked: Kept = 8
    """Strongest paths over relationships between items that the graph's owner made, kept per
    candidate; 0 turns this kind off."""
    known: Kept = 8
    """Strongest paths over relationships between users that the graph's owner made, kept per
    candidate; 0 turns this kind off."""
    links_decay: Annotated[Rate, Search(0.8, 1.0)] = 0.95
    """Factor on the weight of a path over such a relationship per step back in the history of the
    user, or of the other user, when the strongest are chosen."""

    def proposed(self, length: int) -> int:
        """Return C for a history of so many movies."""
        return self.candidates * max(_NEW * self.candidates_of_new, length) // max(_NEW, length)
