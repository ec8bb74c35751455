"""Evaluate a run's recommendations on the held-out ratings."""
