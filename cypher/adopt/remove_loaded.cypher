// Deletes what a folder brought.
// Parameters: $limit
// Returns: nothing
MATCH (n:Loaded|Source)
WITH n LIMIT $limit
DETACH DELETE n
