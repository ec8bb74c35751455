"""Paths from users to movies: read from the graph, sampled or weighted, and streamed."""
