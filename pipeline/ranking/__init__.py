"""Ranked lists of movies and the metrics that judge them."""
