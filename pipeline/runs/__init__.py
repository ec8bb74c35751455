"""Training runs: their names and checkpoints, resuming, and their nodes in the graph."""
