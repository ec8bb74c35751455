"""Prepares a graph of someone else for recommending, and takes everything out of it again."""
