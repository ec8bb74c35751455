// Lists all movies.
// Parameters: none
// Returns: movie (entityId)
MATCH (m:Movie)
RETURN m.entityId AS movie
