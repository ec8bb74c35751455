"""Every query of the pipeline, one file each; pipeline.queries loads them."""
