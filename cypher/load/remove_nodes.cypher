// Removes some of the nodes that the pipeline wrote, with all that hangs on them; run it until it
// removes none.
// Parameters: $limit
// Returns: nothing
MATCH (n:User|Movie|Person|Genre|Entity|Run)
WITH n LIMIT $limit
DETACH DELETE n
