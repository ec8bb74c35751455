// Marks the end of a load: everything of the data set is in the graph.
// Parameters: $name
// Returns: nothing
MATCH (d:Dataset {name: $name})
SET d.status = 'complete', d.loadedAt = datetime()
