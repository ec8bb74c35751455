// Finds the last steps of the paths of 2 relationships: user - movie - movie. The last step is a
// derived relationship; the first one comes from the users' histories. Returns one row per movie
// and type, so each relationship comes once, however many users' paths contain it.
// Parameters: $types (relationship types)
// Returns: source (entityId), relation (type), targets (entityIds), weights (for each target)
MATCH (source:Movie)-[next:WATCHED_NEXT|SIMILAR]->(target:Movie)
WHERE type(next) IN $types
RETURN source.entityId AS source, type(next) AS relation,
       collect(target.entityId) AS targets, collect(next.weight) AS weights
