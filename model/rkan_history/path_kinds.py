"""The kinds and the features of the paths that RKAN-history reads."""

from __future__ import annotations

from enum import IntEnum


class PathKind(IntEnum):
    """A kind of path; each has parameters of its own."""

    WATCHED_NEXT = 0
    """user - movie - [watched next] - candidate, 2 hops."""
    SIMILAR = 1
    """user - movie - [similar] - candidate, 2 hops."""
    MAKER = 2
    """user - movie - person - candidate, 3 hops; the person directed or wrote the candidate."""
    ACTOR = 3
    """user - movie - person - candidate, 3 hops; the person acted in the candidate."""
    GENRE = 4
    """user - movie - genre - candidate, 3 hops."""
    USERS = 5
    """user - movie - other user - candidate, 3 hops; the other user watched both."""
    PEOPLE = 6
    """user - movie - person - movie - person - candidate, 5 hops."""
    LINKED = 7
    """user - movie - [the owner's link] - candidate, 2 hops."""
    KNOWN = 8
    """user - [the owner's link] - other user - candidate, 2 hops; its ages and features are those
    of the candidate in the other user's history."""


USUAL_KINDS = tuple(kind for kind in PathKind if kind < PathKind.LINKED)
"""The kinds that every graph may have."""


class Feature(IntEnum):
    """A column of the features of a path. Its movie is the one that the user watched."""

    LAST_MOVIES = 0
    """exp(-age / 5), where age is the number of movies that the user watched after the movie."""
    RECENT_MOVIES = 1
    """exp(-age / 30)."""
    LOG_AGE = 2
    """log(1 + age) / 5."""
    RATING = 3
    """Half the rating of the movie, in stars minus the user's mean; 0 where there is none."""
    WATCHED_NEXT = 4
    """Square root of the weight of WATCHED_NEXT between the two movies; 0 except on paths over a
    derived relationship."""
    SIMILAR = 5
    """Square root of the weight of SIMILAR between the two movies; 0 as above."""
    VOTE = 6
    """Square root of the weight of a path through another user; 0 on all other paths."""
    CANDIDATE_POPULARITY = 7
    """Log popularity of the candidate, minus the mean over all ratings."""
    MOVIE_POPULARITY = 8
    """Log popularity of the movie, minus the mean over all ratings."""
