"""The stages, one file each; ``measure(bench)`` yields the lines of the table."""

STAGES = ("loading", "whole", "paths", "training", "scoring", "write_back", "latency")
"""In the order in which they run: each leaves the graph as the next can use it."""
