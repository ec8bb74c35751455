"""Relationships between movies that the ratings imply: WATCHED_NEXT and SIMILAR."""
