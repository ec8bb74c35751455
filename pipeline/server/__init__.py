"""Run the pipeline's own databases: a managed local Neo4j, or one in Docker."""
