// Keeps the description of the graph with its data set.
// Parameters: $description (TOML)
// Returns: nothing
MATCH (d:Dataset)
SET d.description = $description
