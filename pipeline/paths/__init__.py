"""User-to-movie paths: read from the graph by connector, sampled, streamed."""
