"""RKAN-history: a history encoder proposes movies, their paths rank them."""
