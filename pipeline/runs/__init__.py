"""Training runs: their names, checkpoints, resuming, and their nodes in the graph."""
