"""RKAN on paths that Cypher finds: training, ranking and explanations."""
