// Removes up to $limit of the pipeline's nodes, with all their relationships. Repeat it until it
// removes none.
// Parameters: $limit
// Returns: nothing
MATCH (n:User|Movie|Person|Genre|Entity|Run)
WITH n LIMIT $limit
DETACH DELETE n
