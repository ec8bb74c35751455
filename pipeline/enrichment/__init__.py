"""Relationships between movies, derived from the ratings: WATCHED_NEXT and SIMILAR."""
