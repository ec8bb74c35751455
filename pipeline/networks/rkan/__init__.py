"""RKAN on paths that Cypher finds: how it is trained, ranks and explains."""
