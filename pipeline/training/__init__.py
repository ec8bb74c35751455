"""Trains RKAN on paths from the graph."""
