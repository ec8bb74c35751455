"""Load a data set into the graph: transform, split, keyed writes."""
