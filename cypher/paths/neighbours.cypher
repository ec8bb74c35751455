// What paths of 2 relationships are made of beyond the users' histories: user - movie - movie, the
// last step a derived relationship. One row per movie and type, so that each relationship comes
// once, however many users' paths it is on.
// Parameters: $types (relationship types)
// Returns: source (entityId), relation (type), targets (entityIds), weights (for each target)
MATCH (source:Movie)-[next:WATCHED_NEXT|SIMILAR]->(target:Movie)
WHERE type(next) IN $types
RETURN source.entityId AS source, type(next) AS relation,
       collect(target.entityId) AS targets, collect(next.weight) AS weights
