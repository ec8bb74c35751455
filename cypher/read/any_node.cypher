// Says whether the graph holds any node.
// Parameters: none
// Returns: found (true or false)
RETURN EXISTS { MATCH (n) } AS found
