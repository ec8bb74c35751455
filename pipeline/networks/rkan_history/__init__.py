"""RKAN-history: how it proposes movies, reads their paths, trains and ranks."""
