"""Holds a run's recommendations against the held-out ratings."""
