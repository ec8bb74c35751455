// Keeps the description of the graph with its data set.
// Parameters: $description (TOML), $ties (SHA-256 of the relationships of items and attributes)
// Returns: nothing
MATCH (d:Dataset)
SET d.description = $description, d.tiesHash = $ties
