"""The databases that the pipeline starts itself: a managed local Neo4j, or one in Docker."""
