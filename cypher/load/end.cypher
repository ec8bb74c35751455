// Marks a load as complete: the whole data set is in the graph.
// Parameters: $name
// Returns: nothing
MATCH (d:Dataset {name: $name})
SET d.status = 'complete', d.loadedAt = datetime()
