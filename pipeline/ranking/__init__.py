"""Ranked lists of movies and their metrics."""
