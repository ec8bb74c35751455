"""Reads what the graph holds: its data set, histories, names and attributes."""
