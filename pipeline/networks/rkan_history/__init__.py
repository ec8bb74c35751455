"""RKAN-history: candidates and their paths, training, ranking and explanations."""
