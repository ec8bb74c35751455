// Finds a node without a name, as earlier versions wrote users and movies.
// Parameters: none
// Returns: entity (entityId), or no row
MATCH (e:Entity) WHERE e.name IS NULL
RETURN e.entityId AS entity LIMIT 1
