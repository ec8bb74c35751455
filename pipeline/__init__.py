"""Explainable movie recommendation inside a graph database."""

__version__ = "0.1.0"
