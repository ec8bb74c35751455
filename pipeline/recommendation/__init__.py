"""Recommendations with explanations: ranked, put into sentences and written to the graph."""
