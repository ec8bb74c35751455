"""Compare RKAN with other methods on the graph's own split."""
