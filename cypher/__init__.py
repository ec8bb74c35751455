"""The queries of the pipeline, one per file; pipeline.queries loads them."""
