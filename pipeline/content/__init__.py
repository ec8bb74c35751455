"""The content of the graph: its data set, histories, names and attributes."""
